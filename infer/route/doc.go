// Package route decides the path templates of an API from the requests that were seen.
//
// A [Tree] collects facts: a trie of path segments, which segments were echoed by answers, what the lists
// of a collection hold, which links bodies carry, how often each status was answered. [Tree.Templates]
// decides from all the facts at once which segments are literals and which are values, what the parameters
// are called, and why.
//
// Facts are counters, unions and samples chosen by hash, so adding and merging are associative and
// commutative: any order and any partition of the same exchanges give the same templates and the same
// encoded bytes. Memory is bounded however many identifiers and words go by: segments that look like
// identifiers share one node for each shape, and of the others a node keeps only so many; the rest of
// them share one node, too.
//
// A Tree holds words of paths and names of properties as text. Identifiers, addresses, tokens and values of
// bodies are held as hashes only.
//
// Limits: where a node had to give up children, a literal among many names may count as one of them, and what
// cannot be told apart at all comes out as templates marked Overflow. A site that combines few words in millions of
// ways loses operations. A path is cut after 24 segments.
//
// One Tree describes one site. It is not safe for concurrent use. It knows nothing of any vendor and does
// no I/O.
package route
