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

// IsNameLike reports whether a value may be a name: a word of letters.
func IsNameLike(v string) bool {
	for i := range len(v) {
		if c := v[i]; !ascii.IsLower(c) && !ascii.IsUpper(c) && c != '_' && c != '-' {
			return false
		}
	}
	return v != ""
}

// IsTypeWord reports whether a value after a label describes the label: in documentation, the type
// of a parameter.
func IsTypeWord(v string) bool {
	switch strings.ToLower(v) {
	case "string", "integer", "number", "boolean", "object", "array", "float", "double", "optional", "required", "hidden",
		"enabled", "disabled", "mandatory", "forgotten", "incorrect", "protected", "encrypted", "anonymous", "implicit", "temporary", "permanent", "changed", "invalid", "missing", "expired", "unknown", "empty", "default", "varchar", "password",
		"secret", "token", "basic", "bearer", "oauth2", "base64", "uint32", "uint64", "int32", "int64", "sha256", "sha512", "utf-8":
		return true
	}
	return false
}
