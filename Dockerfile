# One container: engine, API, chat page and model.
#
#   docker build -t samovar .
#   docker run -d --name samovar --restart=always -p 8000:8000 -v samovar:/data samovar
#
#   --build-arg MODEL=smollm2:135m   another model; none: an image without a model
#   --build-arg REGISTRY=HOST:PORT   from a registry of your own instead of Ollama's
#   --platform linux/arm64           for 64-bit ARM, cross-built on an amd64 machine
ARG BASE=debian:bookworm-slim

# Builds on the machine's own architecture, for the image's.
FROM --platform=$BUILDPLATFORM ${BASE} AS build
ARG TARGETARCH
WORKDIR /src
# First what the build needs, which changes seldom.
COPY tools/setup.sh tools/arm64_sysroot.sh tools/image_tools.sh tools/
RUN tools/image_tools.sh "${TARGETARCH}"
COPY web/package.json web/package-lock.json web/
# The secret is for networks that look into TLS; without it this is a plain `npm ci`.
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    bash -c 'source tools/setup.sh && install_page_modules'
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache tools/image_build.sh "${TARGETARCH}" /rootfs

FROM build AS model
ARG MODEL=gemma2:2b
ARG REGISTRY=
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    SAMOVAR_MODELS=/models tools/fetch_image_model.sh build/program "${MODEL}" "${REGISTRY}"

FROM scratch
COPY --from=build /rootfs /
COPY --from=model --chown=10001:10001 /models /models
# samovar.toml is looked for in the working folder.
ENV PATH=/usr/bin HOME=/data SAMOVAR_DATA=/data SAMOVAR_MODELS=/models
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000 11434
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["samovar", "health"]
ENTRYPOINT ["samovar"]
CMD ["serve", "--host", "0.0.0.0"]
