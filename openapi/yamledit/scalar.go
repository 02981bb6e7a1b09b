package yamledit

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/visible"
)

// Mapping returns a new mapping. content holds keys and values in turn.
func Mapping(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
}

// Sequence returns a new sequence.
func Sequence(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: content}
}

// Scalar returns a new scalar for a string, bool or json.Number, or null for any other value.
func Scalar(v any) *yaml.Node {
	switch v := v.(type) {
	case string:
		return String(v)
	case bool:
		if v {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}
	case json.Number:
		return number(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

func number(v json.Number) *yaml.Node {
	tag, s := "!!int", string(v)
	if strings.ContainsAny(s, ".eE") {
		tag = "!!float"
		if i := strings.IndexAny(s, "eE"); i >= 0 && !strings.Contains(s, ".") {
			s = s[:i] + ".0" + s[i:] // YAML 1.1 reads 1e3 as a string
		}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}
}

// String returns a new scalar for a string. It is plain if every reader of YAML 1.1 and 1.2 takes
// the plain form for a string, a literal block if it has several lines, else double-quoted.
func String(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case isBlock(s):
		n.Style = yaml.LiteralStyle
	case !isPlainScalar(s):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// typedScalar matches what a reader of YAML 1.1 or 1.2 may take for a number, a sexagesimal or a
// time.
var typedScalar = regexp.MustCompile(`^[-+.]?[0-9][-+0-9a-fA-FxXoOeE_.:,TtZz ]*$`)

// versionNumber matches three numbers with two dots, which no YAML type has.
var versionNumber = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

func isPlainScalar(s string) bool {
	if versionNumber.MatchString(s) {
		return true
	}
	if s == "" || s != strings.TrimSpace(s) || typedScalar.MatchString(s) {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null", "~", ".inf", "-.inf", "+.inf", ".nan", "=", "<<":
		return false
	}
	startsWord := s[0] == '-' && len(s) > 1 && s[1] > ' ' && s != "---" // a dash within a word is plain
	if strings.ContainsRune("-?:,[]{}#&*!|>'\"%@`", rune(s[0])) && !startsWord {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, ":") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !isUnescaped(r) })
}

// isBlock reports whether a text has several lines and survives being written as a literal block.
func isBlock(s string) bool {
	if !strings.Contains(s, "\n") || s[0] == ' ' || s[0] == '\n' || s[0] == '\t' {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line != strings.TrimSpace(line) && strings.TrimSpace(line) == "" {
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return !isUnescaped(r) }) {
			return false
		}
	}
	return true
}

// isUnescaped reports whether a document has a character without an escape. Characters that do not
// show, line separators and the byte order mark have one.
func isUnescaped(r rune) bool {
	return r == ' ' || r != utf8.RuneError && visible.Shown(r) && !unicode.IsSpace(r)
}
