# The page on two CPU cores: `docker build -t mbtiface .`, then
# `docker run -p 7860:7860 -v mbtiface-state:/state --stop-timeout 40 mbtiface`.
FROM python:3.11-slim

# OpenCV loads the first two, whatever it is used for.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

# The number that Docker Spaces run as.
RUN useradd --uid 1000 --create-home app \
    && install --directory --owner=app --group=app /state

WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

# Root's: the program cannot change itself. README.md is the card that may name a bundle.
COPY app.py README.md LICENSE ./
COPY mbtiface mbtiface/
COPY assets assets/

ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    MBTIFACE_STATE_DIR=/state \
    MBTIFACE_LOG=json \
    HF_HOME=/state/huggingface \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER app
VOLUME /state
EXPOSE 7860
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=4)"]
CMD ["python", "app.py"]
