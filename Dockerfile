# syntax=docker/dockerfile:1

# The SDK runs on the builder's own processor and compiles for the target's: no emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source

# Packages first: they change less often than the code, and this layer is kept until they do.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/DumbKv.Domain/*.csproj src/DumbKv.Domain/
COPY src/DumbKv.Application/*.csproj src/DumbKv.Application/
COPY src/DumbKv.Infrastructure/*.csproj src/DumbKv.Infrastructure/
COPY src/DumbKv.Web/*.csproj src/DumbKv.Web/
RUN dotnet restore src/DumbKv.Web --arch "$TARGETARCH" -p:PublishReadyToRun=true

COPY .editorconfig ./
COPY src/ src/
# Not before: it differs at each commit, and a layer after it is built anew.
ARG VERSION=0.0.0-local
RUN dotnet publish src/DumbKv.Web --no-restore --configuration Release --arch "$TARGETARCH" --no-self-contained \
      -p:PublishReadyToRun=true -p:Version="$VERSION" -p:PublishDocumentationFiles=false -p:DebugType=none --output /app \
 && mkdir -p /data/dumbkvstore

# Chiseled: no shell, no package manager, and a user that is not root.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY LICENSE /app/
COPY --from=build /app /app
# A new volume takes this folder's owner over, so that the server may write to it.
COPY --from=build --chown=1654:1654 /data /data

# The diagnostics port is a socket in /tmp: off, so that nothing need be written outside the volume.
ENV ASPNETCORE_URLS=http://+:8000 \
    ASPNETCORE_HTTP_PORTS= \
    DATABASE_LOCATION=/data/dumbkvstore/dumbkv.db \
    DOTNET_EnableDiagnostics=0
WORKDIR /data/dumbkvstore
VOLUME /data/dumbkvstore
EXPOSE 8000
USER 1654:1654
ENTRYPOINT ["dotnet", "/app/dumbkv.dll"]

# Last, for the same reason. The workflow adds where the source is.
ARG VERSION=0.0.0-local
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DumbKV" \
      org.opencontainers.image.description="A self-hosted key-value server where the key is the secret" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
