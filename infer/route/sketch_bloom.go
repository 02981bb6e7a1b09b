package route

// marks tell by a few bits which texts may be like a segment of a path, so that most need not be compared.
type bloomFilter struct{ hashes, spellings [4]uint64 }

func (f *bloomFilter) addHash(h uint64) { f.hashes[h>>6&3] |= 1 << (h & 63) }

// look marks what texts that are spelled alike have in common: their length and how they begin.
func (f *bloomFilter) addSpelling(size int, first byte) {
	k := uint(size)*37 + uint(foldByte(first))
	f.spellings[k>>6&3] |= 1 << (k & 63)
}

// may says that a text, which is not empty, may be like a segment.
func (f *bloomFilter) mayContain(text []byte, v *bodyValue) bool {
	if f.hashes[v.hash>>6&3]>>(v.hash&63)&1 != 0 {
		return true
	}
	k := uint(len(text))*37 + uint(foldByte(text[0]))
	return !v.strong && f.spellings[k>>6&3]>>(k&63)&1 != 0
}
