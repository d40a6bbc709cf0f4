"""Who one is, and what one may do: without a class everything, in a class what one's role allows."""
