// Package route infers path templates from observed requests: it decides which path segments are
// literals and which are parameters, and what the parameters are called.
//
// It does no I/O, starts no goroutine, reads no clock and has no rules for single vendors. Read
// tree.go first, then trie_node.go for the facts, reasons.go for the reasons and decide.go for the
// decisions. docs/inference-paths.md has the rules with examples, and when they are wrong.
//
// Files are named by stage: add_*.go takes exchanges in, trie_*.go, index.go and sketch_*.go hold
// the facts, path_*.go reads paths, reasons.go lists the reasons and reason_*.go finds them,
// decide_*.go decides, name_*.go names parameters, template_*.go writes and matches the result.
//
// # Algorithm
//
//  1. A path is cut at its slashes into segments, and each segment is classified by its characters
//     (its shape).
//  2. A trie holds one node for each word; segments that look like identifiers share one node for
//     each shape.
//  3. Each node counts methods and statuses, and samples which response fields hold the segment,
//     what responses list, and which suffixes of its path occur in bodies.
//  4. An index over all bodies records in which fields each value occurred.
//  5. [Tree.Templates] walks the trie from the root, merging the nodes below one parameter, so
//     that all values of a parameter are judged together.
//  6. At each step every child segment is a candidate; its evidence is added up as log-odds.
//  7. Candidates with a high sum are the seed of a parameter; others join when their affinity to
//     the members is high enough, in at most three rounds.
//  8. A candidate that looks like a word also needs a witness: evidence from bodies that it is a
//     value.
//  9. A second pass repeats all decisions and uses what the first one found elsewhere in the trie.
//  10. Parameters are named after the fields that hold their values, after the literal before them,
//     and in the style of the API.
//
// # Properties
//
// Facts are counters, unions and samples chosen by hash, so adding and merging are associative and
// commutative: any order and any partition of the same exchanges give the same templates and the
// same encoded bytes.
//
// Memory is bounded for any number of identifiers and words. A node has a limited number of
// children; the segments beyond it share an overflow node.
//
// A Tree holds path words and property names as text. It holds identifiers, addresses, tokens and
// body values as hashes only.
//
// # Limits
//
// Where a node had to evict children, a literal among many names may count as one of the names.
// Exchanges that can no longer be told apart come out as templates marked Overflow. A site that
// combines few words in millions of ways loses operations. A path is cut after 24 segments.
//
// One Tree describes one site. It is not safe for concurrent use.
package route
