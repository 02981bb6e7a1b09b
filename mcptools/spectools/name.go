package spectools

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// maxName is how long a tool's name may be, prefix included: clients in the field break beyond it.
const maxName = 64

// toolNames gives each operation a name that is valid, at most maxName long with prefix, and unique. It depends on
// the operation alone (operationId, method, path) unless two would be named the same: then those whose
// operationId is not that very name get a hash of method and path behind it.
func toolNames(ops []*operation, prefix string, format NameFormat) {
	base := make(map[string][]*operation)
	for _, op := range ops {
		n := format.apply(baseName(op))
		op.name = fit(prefix, n, op.method+" "+op.path)
		base[op.name] = append(base[op.name], op)
	}
	taken := make(map[string]bool)
	for name := range base {
		taken[name] = true
	}
	for _, op := range ops {
		same := base[op.name]
		if len(same) == 1 || keepsName(op, same, prefix) {
			continue
		}
		seed := op.method + " " + op.path
		name := suffixed(op.name, seed)
		for taken[name] {
			seed += "+"
			name = suffixed(op.name, seed)
		}
		taken[name] = true
		op.name = name
	}
}

// keepsName says whether op is the one of those with its name whose operationId is that name.
func keepsName(op *operation, same []*operation, prefix string) bool {
	for _, o := range same {
		if prefix+o.id == o.name {
			return o == op // the first of them, should an invalid document have several
		}
	}
	return false
}

// baseName is the operationId, or method and path in words: get_users_by_id.
func baseName(op *operation) string {
	if n := validName(op.id); strings.Trim(n, "_-") != "" {
		return n
	}
	words := []string{strings.ToLower(op.method)}
	for seg := range strings.SplitSeq(op.path, "/") {
		if seg == "" {
			continue
		}
		if strings.HasPrefix(seg, "{") && strings.HasSuffix(seg, "}") {
			words = append(words, "by")
		}
		if w := strings.Trim(validName(seg), "_"); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 1 {
		words = append(words, "root")
	}
	return strings.Join(words, "_")
}

// validName keeps letters, digits, "_" and "-" of ASCII; each run of anything else becomes one "_".
func validName(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-') {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	return b.String()
}

// fit cuts a name that is too long and puts a hash of the whole in the place of the rest.
func fit(prefix, name, seed string) string {
	if len(prefix)+len(name) <= maxName {
		return prefix + name
	}
	return suffixed(prefix+name, name+" "+seed)
}

// suffixed is name with a hash of seed behind it, cut to maxName.
func suffixed(name, seed string) string {
	h := hash8(seed)
	if limit := maxName - len(h) - 1; len(name) > limit {
		name = strings.TrimRight(name[:limit], "_-")
	}
	return name + "_" + h
}

func hash8(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:4])
}

// NameFormat is how tool names are written.
type NameFormat string

// The formats. The zero value keeps names as they are.
const (
	NameAsIs  NameFormat = ""
	NameLower NameFormat = "lower"
	NameUpper NameFormat = "upper"
	NameSnake NameFormat = "snake"
	NameCamel NameFormat = "camel"
)

func (f NameFormat) apply(s string) string {
	switch f {
	case NameLower:
		return strings.ToLower(s)
	case NameUpper:
		return strings.ToUpper(s)
	case NameSnake:
		return strings.ToLower(strings.Join(splitWords(s), "_"))
	case NameCamel:
		words := splitWords(s)
		for i, w := range words {
			w = strings.ToLower(w)
			if i > 0 {
				w = strings.ToUpper(w[:1]) + w[1:]
			}
			words[i] = w
		}
		return strings.Join(words, "")
	}
	return s
}

// splitWords splits at "_", "-" and where a lower-case letter or digit meets an upper-case one.
func splitWords(s string) []string {
	var out []string
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, s[start:end])
		}
	}
	for i := range len(s) {
		switch {
		case s[i] == '_' || s[i] == '-':
			cut(i)
			start = i + 1
		case i > start && isUpper(s[i]) && (!isUpper(s[i-1]) || i+1 < len(s) && isLower(s[i+1])):
			cut(i)
			start = i
		}
	}
	cut(len(s))
	return out
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
