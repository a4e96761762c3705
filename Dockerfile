# One container: engine, API, chat page and model.
#
#   docker build -t samovar .
#   docker run -d --name samovar --restart=always -p 8000:8000 -v samovar:/data samovar
#
#   --build-arg MODEL=smollm2:135m   another model; none: an image without a model
#   --build-arg REGISTRY=HOST:PORT   from a registry of your own instead of Ollama's
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# First what the build needs, which changes seldom.
COPY tools/setup.sh tools/
RUN bash -c 'source tools/setup.sh && install_build_packages' && rm -rf /var/lib/apt/lists/*
COPY web/package.json web/package-lock.json web/
# The secret is for networks that look into TLS; without it this is a plain `npm ci`.
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    bash -c 'source tools/setup.sh && install_page_modules'
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache ./run --build-only
RUN tools/make_rootfs.sh build/release/samovar /rootfs

FROM build AS model
ARG MODEL=gemma2:2b
ARG REGISTRY=
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    SAMOVAR_MODELS=/models tools/fetch_image_model.sh build/release/samovar "${MODEL}" "${REGISTRY}"

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
