package route

// bloomFilter is a Bloom filter over the segments and path suffixes of one exchange: a table of 256
// bits over hashes, and one over spellings, with one hash function each. Most body values fail it,
// so they need no comparison with the path.
type bloomFilter struct{ hashes, spellings [4]uint64 }

// addHash adds the hash of a segment or suffix.
func (f *bloomFilter) addHash(h uint64) { f.hashes[h>>6&3] |= 1 << (h & 63) }

// addSpelling adds the length and the first character, which texts that differ only in spelling
// have in common.
func (f *bloomFilter) addSpelling(size int, first byte) {
	k := uint(size)*37 + uint(foldByte(first))
	f.spellings[k>>6&3] |= 1 << (k & 63)
}

// mayContain reports whether a non-empty text may be equal to a segment or suffix. False positives
// are possible, false negatives are not.
func (f *bloomFilter) mayContain(text []byte, v *bodyValue) bool {
	if f.hashes[v.hash>>6&3]>>(v.hash&63)&1 != 0 {
		return true
	}
	k := uint(len(text))*37 + uint(foldByte(text[0]))
	return !v.strong && f.spellings[k>>6&3]>>(k&63)&1 != 0
}
