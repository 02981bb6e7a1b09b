package spectools

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/spectap/spectap/mcptools/opsearch"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// maxToolName is the maximal length of a tool's name with its prefix. Models take names of 64
// characters, and clients put the name of the server before those of its tools.
const maxToolName = 56

// setToolNames gives each operation a valid, unique name of at most maxToolName characters. The
// name depends only on the operation (operationId, method, path) unless several would get the same
// one. Then all but the one whose operationId is that very name get a hash of method and path
// appended.
func setToolNames(ops []*operation, prefix string, format NameFormat) {
	byName := make(map[string][]*operation)
	for _, op := range ops {
		n := format.apply(baseName(op))
		op.toolName = shorten(prefix, n, op.Method+" "+op.Path)
		byName[op.toolName] = append(byName[op.toolName], op)
	}
	for _, op := range ops {
		same := byName[op.toolName]
		if len(same) == 1 || keepsName(op, same, prefix) {
			continue
		}
		seed := op.Method + " " + op.Path
		name := withHash(op.toolName, seed)
		for byName[name] != nil {
			seed += "+"
			name = withHash(op.toolName, seed)
		}
		byName[name] = []*operation{op}
		op.toolName = name
	}
}

// keepsName reports whether op is the first operation of those with its name whose operationId is
// that name. An invalid document may have several.
func keepsName(op *operation, same []*operation, prefix string) bool {
	for _, o := range same {
		if prefix+o.id == o.toolName {
			return o == op
		}
	}
	return false
}

// baseName returns the operationId, or the method and path as words: get_users_by_id.
func baseName(op *operation) string {
	if n := sanitize.Name(op.id); strings.Trim(n, "_-") != "" {
		return n
	}
	words := []string{strings.ToLower(op.Method)}
	for seg := range strings.SplitSeq(op.Path, "/") {
		if seg == "" {
			continue
		}
		if strings.HasPrefix(seg, "{") && strings.HasSuffix(seg, "}") {
			words = append(words, "by")
		}
		if w := strings.Trim(sanitize.Name(seg), "_"); w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 1 {
		words = append(words, "root")
	}
	return strings.Join(words, "_")
}

// shorten returns prefix and name, with the end of a name that is too long replaced by a hash.
func shorten(prefix, name, seed string) string {
	if len(prefix)+len(name) <= maxToolName {
		return prefix + name
	}
	return withHash(prefix+name, name+" "+seed)
}

// withHash appends a hash of seed to a name, and cuts the name to maxToolName.
func withHash(name, seed string) string {
	h := hash8(seed)
	if limit := maxToolName - len(h) - 1; len(name) > limit {
		name = strings.TrimRight(name[:limit], "_-")
	}
	return name + "_" + h
}

func hash8(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:4])
}

// NameFormat is the format of tool names.
type NameFormat string

// The formats. The zero value leaves names unchanged.
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
		return strings.ToLower(strings.Join(opsearch.SplitWords(s), "_"))
	case NameCamel:
		words := opsearch.SplitWords(s)
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
