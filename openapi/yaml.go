package openapi

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oasdiff/yaml3"
)

// writeYAML writes JSON data as YAML in block style.
func writeYAML(w io.Writer, v any) error {
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(yamlNode(v, documentKind())); err != nil {
		return err
	}
	return e.Close()
}

// yamlNode turns JSON data into a node, keys in order.
func yamlNode(v any, o *object) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, k := range keysOf(v, o) {
			n.Content = append(n.Content, yamlString(k), yamlNode(v[k], o.child(k)))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, e := range v {
			n.Content = append(n.Content, yamlNode(e, o))
		}
		return n
	case string:
		return yamlString(v)
	case bool:
		if v {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}
	case json.Number:
		return yamlNumber(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

func yamlNumber(v json.Number) *yaml.Node {
	tag, s := "!!int", string(v)
	if strings.ContainsAny(s, ".eE") {
		tag = "!!float"
		if i := strings.IndexAny(s, "eE"); i >= 0 && !strings.Contains(s, ".") {
			s = s[:i] + ".0" + s[i:] // 1e3 is a string to readers of YAML 1.1
		}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}
}

// yamlString quotes a string unless every reader, of YAML 1.1 or 1.2, takes it for one as it stands.
func yamlString(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case block(s):
		n.Style = yaml.LiteralStyle
	case !plainScalar(s):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// What a reader of YAML 1.1 or 1.2 may take for a number, a sexagesimal or a time.
var looksTyped = regexp.MustCompile(`^[-+.]?[0-9][-+0-9a-fA-FxXoOeE_.:,TtZz ]*$`)

// A version has two dots: no type of YAML does.
var version = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

func plainScalar(s string) bool {
	if version.MatchString(s) {
		return true
	}
	if s == "" || s != strings.TrimSpace(s) || looksTyped.MatchString(s) {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null", "~", ".inf", "-.inf", "+.inf", ".nan", "=", "<<":
		return false
	}
	if strings.ContainsRune("-?:,[]{}#&*!|>'\"%@`", rune(s[0])) && !(s[0] == '-' && len(s) > 1 && s[1] > ' ' && s != "---") {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, ":") {
		return false
	}
	for _, r := range s {
		if !readable(r) {
			return false
		}
	}
	return true
}

// block says whether a text reads best, and comes back the same, as a literal block.
func block(s string) bool {
	if !strings.Contains(s, "\n") || s[0] == ' ' || s[0] == '\n' || s[0] == '\t' {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line != strings.TrimSpace(line) && strings.TrimSpace(line) == "" {
			return false
		}
		for _, r := range line {
			if !readable(r) {
				return false
			}
		}
	}
	return true
}

// readable says whether a character stands for itself in YAML. Line separators and the byte order mark do not.
func readable(r rune) bool {
	return r == ' ' || r != utf8.RuneError && r != '\ufeff' && unicode.IsGraphic(r) && !unicode.IsSpace(r)
}
