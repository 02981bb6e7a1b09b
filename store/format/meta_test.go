package format

import (
	"bytes"
	"testing"
)

// TestReadMeta checks what is read of the meta pages: the larger of the two sizes, so that no page of
// either is missing, and the rest of the newer page, wherever it is.
func TestReadMeta(t *testing.T) {
	const page = 1 << 10
	invalid := func(m []byte, at int) []byte { m[at] ^= 1; return m }
	listed := metaPage(page, 3, 8, 7)
	copy(listed[32:], []byte{4, 0, 0, 0, 0, 0, 0, 0}) // of a little-endian machine
	for _, tt := range []struct {
		name          string
		first, second []byte
		want          MetaInfo
	}{
		{"none", nil, nil, MetaInfo{}},
		{"second is newer", metaPage(page, 2, 9, 4), metaPage(page, 3, 8, 5), MetaInfo{true, 9 * page, false, page, 3}},
		{"first is newer", metaPage(page, 2, 9, 6), metaPage(page, 3, 8, 5), MetaInfo{true, 9 * page, false, page, 2}},
		{"only the second", nil, metaPage(page, 3, 8, 5), MetaInfo{true, 8 * page, false, page, 3}},
		{"newer one is torn", metaPage(page, 2, 9, 4), invalid(metaPage(page, 3, 8, 5), 56), MetaInfo{true, 9 * page, false, page, 2}},
		{"both are torn", invalid(metaPage(page, 2, 9, 4), 16), invalid(metaPage(page, 3, 8, 5), 16), MetaInfo{Found: true}},
		{"other magic", invalid(metaPage(page, 2, 9, 4), 0), nil, MetaInfo{}},
		{"other version", invalid(metaPage(page, 2, 9, 4), 4), nil, MetaInfo{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := make([]byte, 16*page)
			copy(file[headerSize:], tt.first)
			copy(file[page+headerSize:], tt.second)
			if got, err := ReadMeta(bytes.NewReader(file)); err != nil || got != tt.want {
				t.Errorf("%+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}
