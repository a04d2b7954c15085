#!/bin/bash
# A client as others write it: the commit that is checked out becomes a repository of its own with
# a version tag, a new package depends on it by that tag, imports it, runs, and must print
# expected.txt. What a dependency by path forgives (flags that are unsafe in dependencies, files
# that are not committed, a product that is not declared) fails here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
version=99.0.0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

if [ -n "$(git -C "$checkout" status --porcelain)" ]; then
  echo "Note: changes that are not committed are not part of the client's library."
fi

library=$place/swift-margin-optimization
mkdir -p "$library" "$place/client/Sources/client"
git -C "$checkout" archive HEAD | tar -x -C "$library"
as_someone() { git -C "$library" -c user.name=client -c user.email=client@example.org "$@"; }
as_someone init -q
as_someone add --all --force
as_someone commit -q -m "The library at version $version"
as_someone tag "$version"

cat > "$place/client/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "client",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "file://$library", exact: "$version")],
  targets: [
    .executableTarget(
      name: "client",
      dependencies: [.product(name: "MarginOptimization", package: "swift-margin-optimization")])
  ]
)
END
cp "$here/main.swift" "$place/client/Sources/client/"

swift build --package-path "$place/client"
"$(swift build --package-path "$place/client" --show-bin-path)/client" > "$place/printed.txt"
cat "$place/printed.txt"
diff -u "$here/expected.txt" "$place/printed.txt"
echo "A client that takes the package by its tag builds, runs and prints what it should."
