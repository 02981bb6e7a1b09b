package compact

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// enum writes the values of an enum, the first of them if they are many.
func enum(list []any) typed { return typed{values(list), union} }

// values joins values with "|".
func values(list []any) string {
	var b strings.Builder
	for i, v := range list {
		t := literal(v, maxValue)
		if i == maxEnum || i > 0 && b.Len()+len(t) > maxValues {
			fmt.Fprintf(&b, "|…%d more", len(list)-i)
			break
		}
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(t)
	}
	return b.String()
}

// stringType writes the type of a string: its format, length and pattern.
func stringType(s object) typed {
	t := "string"
	switch format := text(s["format"]); {
	case formats[format]:
		t = format
	case format != "":
		t += "<" + lineText(format) + ">"
	}
	content := strings.TrimSpace(text(s["contentEncoding"]) + " " + text(s["contentMediaType"]))
	if content != "" {
		t += "<" + lineText(content) + ">"
	}
	t += parens(span(s, "minLength", "maxLength"))
	if pattern := text(s["pattern"]); pattern != "" {
		t += "~" + literal(pattern, maxValue)
	}
	return typed{t, suffixed}
}

// numberType writes the type of a number: name, or one of the formats, and its range.
func numberType(s object, name string, named ...string) typed {
	t := name
	if format := text(s["format"]); format != "" {
		t += "<" + lineText(format) + ">"
		for _, n := range named {
			if n == format {
				t = n
			}
		}
	}
	low, high := bound(s, "minimum", "exclusiveMinimum", ">"), bound(s, "maximum", "exclusiveMaximum", "<")
	size := ""
	if low != "" || high != "" {
		size = low + ".." + high
	}
	if m, has := s["multipleOf"]; has {
		size = strings.TrimSpace(size + " %" + literal(m, maxValue))
	}
	return typed{t + parens(size), suffixed}
}

// bound writes one end of a range. An exclusive one is a number, or true next to the inclusive one.
func bound(s object, inclusive, exclusive, mark string) string {
	v, has := s[inclusive]
	switch x := s[exclusive].(type) {
	case bool:
		if x && has {
			return mark + literal(v, maxValue)
		}
	case nil:
	default:
		return mark + literal(x, maxValue)
	}
	if !has {
		return ""
	}
	return literal(v, maxValue)
}

// span writes a range of sizes, or "" if there is none.
func span(s object, low, high string) string {
	a, b := size(s[low]), size(s[high])
	switch {
	case a == "0":
		a = ""
	case a == b:
		return a
	}
	if a == "" && b == "" {
		return ""
	}
	return a + ".." + b
}

func size(v any) string {
	switch n := v.(type) {
	case json.Number:
		return n.String()
	case float64:
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return ""
}

// parens puts s in parentheses unless it is "".
func parens(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}
