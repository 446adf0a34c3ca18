"""Prediction: export to OpenVINO and ONNX, the predictor, deployment instructions, benchmarks."""
