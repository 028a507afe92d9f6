internal import ArgumentParser
internal import SwarmKernels

/// How KV caches store numbers.
struct CacheOptions: ParsableArguments {
    @Option(
        name: [.customLong("cache-type-k"), .customLong("ctk", withSingleDash: true)],
        help: "How the KV cache stores keys: f32, f16 or q8_0. Fewer bits take less memory and give other logits.")
    var cacheTypeK = CacheType.f32

    @Option(
        name: [.customLong("cache-type-v"), .customLong("ctv", withSingleDash: true)],
        help: "How the KV cache stores values: f32, f16 or q8_0.")
    var cacheTypeV = CacheType.f32

    var types: CacheTypes { CacheTypes(keys: cacheTypeK, values: cacheTypeV) }
}

extension CacheType: ExpressibleByArgument {}
