package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// maxComparedText is the length of the longest value that is compared with paths.
const maxComparedText = 512

// suffixHashes holds the hashes of the path suffixes that begin at a segment. If bodies hold such
// suffixes of several lengths as one value, as in "path": "src/a/b.go" or "ref": "refs/heads/main",
// they are one parameter that spans slashes.
type suffixHashes struct {
	suffix       uint64 // the path from this segment on
	withPrevious uint64 // the same with the segment before it
	pair         uint64 // the segment before it and this one, as in owner/repo
	triple       uint64 // the two segments before it and this one, as in host/owner/repo; 0 near the root
}

// minTripleDepth is the index of the first segment that three names joined by slashes may end at: a
// noun stands before them.
const minTripleDepth = 3

// hashSuffixes computes the suffix hashes of the path.
func (cur *currentExchange) hashSuffixes() {
	segments := cur.segments
	size := 0
	for i := range segments {
		size += len(segments[i].decoded) + 1
	}
	if cap(cur.pathBuffer) < size {
		cur.pathBuffer = make([]byte, 0, 2*size)
	}
	b := cur.pathBuffer[:0]
	var at [maxSegments]int
	for i := range segments {
		if i > 0 {
			b = append(b, '/')
		}
		at[i] = len(b)
		b = append(b, segments[i].decoded...)
	}
	last := len(segments) - 1
	for i := range segments {
		cur.suffixes[i] = suffixHashes{suffix: bottomk.Hash(b[at[i]:])}
		switch {
		case i == 0:
			continue
		case i == last:
			cur.suffixes[i].pair = cur.suffixes[i-1].suffix
		default:
			cur.suffixes[i].pair = bottomk.Hash(b[at[i-1] : at[i]+len(segments[i].decoded)])
		}
		cur.suffixes[i].withPrevious = cur.suffixes[i-1].suffix
		if i >= minTripleDepth {
			cur.suffixes[i].triple = bottomk.Hash(b[at[i-2] : at[i]+len(segments[i].decoded)])
		}
	}
	cur.pathBuffer = b
}

// isFileField reports whether a property holds file paths, judging by its name. Such a value is one
// value with any number of segments.
func isFileField(name string) bool {
	switch noun.Fold(fieldTail(name)) {
	case "path", "filepath", "file", "filename":
		return true
	}
	return false
}

// isPathField reports whether a property may hold file paths with a slash in front: path,
// path_display, fullPath.
func isPathField(name string) bool {
	return strings.Contains(strings.ToLower(name), "path") && slices.Contains(noun.Words(name), "path")
}

// fromRoot removes the slash in front of a file path, which the path of a request lacks:
// "path_display": "/docs/a.txt" below content/docs/a.txt.
func (p *Property) fromRoot(text []byte) (rest []byte, ok bool) {
	if !p.isPath || len(text) < 2 || text[0] != '/' {
		return text, false
	}
	return text[1:], true
}

// hashPair hashes two segments as in owner/repo.
func hashPair(a, b string) uint64 { return bottomk.Hash(a + "/" + b) }

// matchSegments compares a value with each segment of the path and with the suffixes that begin
// there.
func (cur *currentExchange) matchSegments(text []byte, v *bodyValue) {
	isOwnPath := v.fromRoot && len(cur.segments) > 0 && cur.suffixes[0].suffix == v.hash // the server repeats what was asked for
	for j := range cur.segments {
		s, end := &cur.segments[j], &cur.suffixes[j]
		if s.hash == v.hash || s.stemHash == v.hash ||
			len(s.decoded) == len(text) && !v.strong && equalSpelling(s.decoded, text) {
			cur.addEcho(j, v.field)
		}
		bit := uint32(1) << uint(j)
		if v.field == nil || v.field.class&classVocabulary != 0 || isOwnPath { // a URL; a type or kind, not a thing
			continue
		}
		if end.suffix == v.hash {
			cur.suffixBits |= bit
			if isFileField(v.field.name) {
				cur.fileBits |= bit
			}
		}
		if j == 0 {
			continue
		}
		if end.withPrevious == v.hash {
			cur.previousBits |= bit
		}
		if end.pair == v.hash && !v.fromRoot {
			cur.pairBits |= bit | bit>>1
		}
		if end.triple == v.hash && j >= minTripleDepth && !v.fromRoot && cur.areNames(j-2, j) {
			cur.pairBits |= bit | bit>>1 | bit>>2
		}
	}
}

// areNames reports whether no segment from i to j is an English plural. Nouns alternate with
// identifiers in the names of resources.
func (cur *currentExchange) areNames(i, j int) bool {
	return !slices.ContainsFunc(cur.segments[i:j+1], func(s segment) bool { return noun.IsPlural(s.decoded) && noun.IsEnglish(s.decoded) })
}

// prepareFilter prepares the comparison of body values with the path.
func (cur *currentExchange) prepareFilter() {
	cur.hashSuffixes()
	cur.prepared, cur.filter = true, bloomFilter{}
	cur.suffixBits, cur.fileBits, cur.previousBits, cur.pairBits = 0, 0, 0, 0
	for j := range cur.segments {
		s, end := &cur.segments[j], &cur.suffixes[j]
		if s.decoded != "" {
			cur.filter.addSpelling(len(s.decoded), s.decoded[0])
		}
		for _, h := range [...]uint64{s.hash, s.stemHash, end.suffix, end.withPrevious, end.pair, end.triple} {
			cur.filter.addHash(h)
		}
	}
}
