"""A network as an ONNX file, made from its weights with the package onnx: no TensorFlow, no training."""
