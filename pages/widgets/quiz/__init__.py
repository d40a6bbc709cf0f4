"""The quiz: which of these texts did a person write?"""
