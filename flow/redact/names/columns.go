package names

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// IsColumn reports whether a text may be the name of a column: a few words.
func IsColumn(v string) bool {
	if v == "" || len(v) > 40 || !ascii.IsLower(v[0]|0x20) && v[0] < 0x80 {
		return false
	}
	for i := range len(v) {
		if c := v[i]; !ascii.IsAlnum(c) && c < 0x80 && strings.IndexByte("_- .*:()#", c) < 0 {
			return false
		}
	}
	return true
}
