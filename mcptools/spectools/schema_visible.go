package spectools

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// visibleSchema returns a schema without characters that do not show, and what it left out: values
// of enum, const and default, and names of members. In patterns such characters become escapes. A
// schema without an enum accepts every value; one without a member does not accept the member.
func visibleSchema(raw json.RawMessage) (json.RawMessage, []string) {
	text := string(raw)
	hasEscape := func(e string) bool { return strings.Contains(text, e) }
	if visible.JSON(text) == text && !slices.ContainsFunc([]string{`\u`, `\b`, `\f`, `\r`}, hasEscape) {
		return raw, nil
	}
	v := orderedjson.PlainOf(raw)
	var c schemaCleaner
	v = c.clean(v)
	if len(c.left) == 0 && !c.changed {
		return raw, nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return raw, nil // v is decoded JSON: it can be encoded
	}
	return out, c.left
}

// schemaCleaner removes texts with characters that do not show.
type schemaCleaner struct {
	left    []string
	changed bool
}

// clean returns v without such texts.
func (c *schemaCleaner) clean(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c.members(v)
	case []any:
		return slices.DeleteFunc(v, func(e any) bool {
			e = c.clean(e)
			s, isText := e.(string)
			return isText && c.isHidden("value", s)
		})
	}
	return v
}

func (c *schemaCleaner) members(m map[string]any) {
	for name, v := range m {
		text, isText := v.(string)
		if byPattern, ok := v.(map[string]any); ok && name == "patternProperties" {
			for p, schema := range maps.Clone(byPattern) {
				delete(byPattern, p)
				byPattern[c.pattern(p)] = schema
			}
		}
		switch {
		case name == "pattern" && isText:
			m[name] = c.pattern(text)
		case c.isHidden("member", name), isText && c.isHidden(name, text):
			delete(m, name)
		default:
			before, _ := v.([]any)
			n := len(before)
			if v = c.clean(v); n > 0 && len(v.([]any)) == 0 {
				delete(m, name) // an empty enum would accept nothing
			} else {
				m[name] = v
			}
		}
	}
}

// pattern writes characters of a regular expression as escapes, which mean the same.
func (c *schemaCleaner) pattern(p string) string {
	out := visible.JSON(p)
	c.changed = c.changed || out != p
	return out
}

// isHidden reports whether a text has characters that do not show, and notes that it is left out.
func (c *schemaCleaner) isHidden(what, text string) bool {
	if visible.Line(text) == text || visible.Text(text) == text && what != "member" {
		return false
	}
	c.left, c.changed = append(c.left, what+" "+sanitize.Description(text, 60)), true
	return true
}
