#!/usr/bin/env bash
# A vLLM server for a judge of backend openai. Usage: serve.sh MODEL [one option of vllm serve after the other]
#   one GPU:                serve.sh Qwen/Qwen2.5-VL-7B-Instruct
#   a model on four GPUs:   serve.sh Qwen/Qwen2.5-VL-72B-Instruct --tensor-parallel-size 4
#   eight copies behind one address: serve.sh Qwen/Qwen2.5-VL-7B-Instruct --data-parallel-size 8
#   two copies on four GPUs each:    serve.sh Qwen/Qwen2.5-VL-72B-Instruct --tensor-parallel-size 4 --data-parallel-size 2
# Servers on several machines go into the judge's base_url as a list. The key comes from LAB_KEY, as in judges.yaml.
set -euo pipefail
model=$1
shift
# Without a key, only this machine may ask.
host=127.0.0.1
if [ -n "${LAB_KEY:-}" ]; then
    host=0.0.0.0
    # vLLM reads it from here; on the command line every user of the machine could see it.
    export VLLM_API_KEY=$LAB_KEY
fi
# Frames come as images, 8 unless judges.yaml says otherwise; option scores need the 20 likeliest tokens; and the questions
# about a clip begin alike.
exec vllm serve "$model" --host "$host" --port "${PORT:-8000}" --enable-prefix-caching --max-logprobs 20 \
    --limit-mm-per-prompt '{"image": 16, "video": 1, "audio": 1}' "$@"
