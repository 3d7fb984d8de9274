//! Merkle roots over rows and manifests.
