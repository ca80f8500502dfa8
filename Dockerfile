# syntax=docker/dockerfile:1

# The SDK runs on the platform of the builder and compiles for the target, without emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source

# Packages change less often than the code, so they have a layer of their own that stays cached.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/DumbKv.Domain/*.csproj src/DumbKv.Domain/
COPY src/DumbKv.Application/*.csproj src/DumbKv.Application/
COPY src/DumbKv.Infrastructure/*.csproj src/DumbKv.Infrastructure/
COPY src/DumbKv.Web/*.csproj src/DumbKv.Web/
RUN dotnet restore src/DumbKv.Web --arch "$TARGETARCH" -p:PublishReadyToRun=true

COPY .editorconfig ./
COPY src/ src/
# Declared here because the version differs for each commit, and every layer after it is rebuilt.
ARG VERSION=0.0.0-local
RUN dotnet publish src/DumbKv.Web --no-restore --configuration Release --arch "$TARGETARCH" --no-self-contained \
      -p:PublishReadyToRun=true -p:Version="$VERSION" -p:PublishDocumentationFiles=false -p:DebugType=none --output /app \
 && mkdir -p /data/dumbkvstore

# The chiseled image has no shell and no package manager, and its user is not root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY LICENSE /app/
COPY --from=build /app /app
# A new volume gets the owner of this folder, so that the server can write to it.
COPY --from=build --chown=1654:1654 /data /data

# The diagnostics port is a socket in /tmp. It is off, so that the server writes only to the volume.
# With many arenas, the C library keeps memory of large values that SQLite has freed.
ENV ASPNETCORE_URLS=http://+:8000 \
    ASPNETCORE_HTTP_PORTS= \
    DATABASE_LOCATION=/data/dumbkvstore/dumbkv.db \
    DOTNET_EnableDiagnostics=0 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /data/dumbkvstore
VOLUME /data/dumbkvstore
EXPOSE 8000
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/dumbkv.dll"]
# docker run --health-cmd needs a shell, so the check is in the image. Kubernetes ignores it.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["dotnet", "/app/dumbkv.dll", "health"]

# Last, because VERSION and REVISION differ for each commit.
ARG VERSION=0.0.0-local
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DumbKV" \
      org.opencontainers.image.description="A self-hosted key-value server where the key is the secret" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="https://github.com/example/dumbkv" \
      org.opencontainers.image.documentation="https://github.com/example/dumbkv/blob/main/README.md" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
