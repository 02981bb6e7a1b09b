package mcpconfig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// tomlFile is a configuration file in TOML. Its statements are known by their first bytes only; the
// library that decodes the file tells whether it is valid.
type tomlFile struct {
	text   []byte
	values map[string]any
}

func parseTOML(text []byte) (*tomlFile, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8")
	}
	f := &tomlFile{text: text}
	_, err := toml.Decode(string(text), &f.values)
	var p toml.ParseError
	switch {
	case errors.As(err, &p):
		// The message quotes the text, which may be a secret.
		return nil, fmt.Errorf("is not valid TOML near line %d", p.Position.Line)
	case err != nil:
		return nil, errors.New("is not valid TOML")
	}
	return f, nil
}

// statement is a header of a table, or a key with its value.
type statement struct {
	start, end int      // of its lines without the last newline
	tail       int      // of the blanks and the comment at its end
	header     bool     // [a.b] or [[a.b]]
	key        []string // nil if it has escapes
}

// statements divides the text. Blank lines and comments are no statements.
func (f *tomlFile) statements() []statement {
	var out []statement
	for i := 0; i < len(f.text); {
		line := f.text[i:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n]
		}
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) == 0 || trimmed[0] == '#' {
			i += len(line) + 1
			continue
		}
		s := statement{start: i, header: trimmed[0] == '['}
		s.tail, s.end = endOfStatement(f.text, i, s.header)
		s.key = keyOf(string(f.text[i:s.end]), s.header)
		out = append(out, s)
		i = s.end + 1
	}
	return out
}

// endOfStatement returns the end of a statement and the end of its last line: strings of three
// quotes, lists and inline tables have several lines. A comment may stand between the two.
func endOfStatement(text []byte, i int, header bool) (tail, end int) {
	depth := 0
	tail = i
	for i < len(text) && (text[i] != '\n' || depth > 0 && !header) {
		switch c := text[i]; c {
		case '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
			continue
		case '"', '\'':
			i = endOfString(text, i)
			tail = i
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		i++
		if c := text[i-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			tail = i
		}
	}
	return tail, i
}

// endOfString returns the end of a string that begins at i.
func endOfString(text []byte, i int) int {
	quote := text[i : i+1]
	if three := bytes.Repeat(quote, 3); bytes.HasPrefix(text[i:], three) {
		quote = three
	}
	for i += len(quote); i < len(text) && !bytes.HasPrefix(text[i:], quote); i++ {
		if quote[0] == '"' && text[i] == '\\' {
			i++
		}
	}
	for i += len(quote); len(quote) == 3 && i < len(text) && text[i] == quote[0]; i++ {
		// up to two quotes may stand before the closing ones
	}
	return min(i, len(text))
}

// keyOf returns the parts of the key of a statement, nil if it is not simple.
func keyOf(text string, header bool) []string {
	text = strings.TrimSpace(text)
	if header {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "["), "[")
	}
	var out []string
	for {
		text = strings.TrimLeft(text, " \t")
		n := strings.IndexAny(text, " \t.=]")
		if text != "" && (text[0] == '"' || text[0] == '\'') {
			if n = strings.IndexByte(text[1:], text[0]) + 2; n < 2 || strings.Contains(text[:n], `\`) {
				return nil
			}
		}
		if n <= 0 {
			return nil
		}
		out = append(out, strings.Trim(text[:n], `"'`))
		text = strings.TrimLeft(text[n:], " \t")
		if !strings.HasPrefix(text, ".") {
			return out
		}
		text = text[1:]
	}
}

// errInline is the error for servers in a table that no header can extend.
var errInline = errors.New("has mcp_servers as a key, not as tables [mcp_servers.NAME]")

// set sets members of a table. A new table is added at the end of the file.
func (f *tomlFile) set(table []string, members []setting) ([]byte, error) {
	newline := "\n"
	if bytes.Contains(f.text, []byte("\r\n")) {
		newline = "\r\n"
	}
	members = f.merged(table, members)
	all := f.statements()
	at := slices.IndexFunc(all, func(s statement) bool { return s.header && slices.Equal(s.key, table) })
	for _, s := range all {
		if s.header {
			break
		}
		if len(s.key) > 0 && s.key[0] == table[0] {
			return nil, errInline
		}
	}
	if at < 0 {
		text := bytes.TrimRight(f.text, " \t\r\n")
		if len(text) > 0 {
			text = append(text, newline+newline...)
		}
		text = append(text, "["+strings.Join(table, ".")+"]"+newline...)
		for _, m := range members {
			text = append(text, tomlLine(m)+newline...)
		}
		return text, nil
	}
	end := at + 1
	for end < len(all) && !all[end].header {
		end++
	}
	out, last := f.text, all[end-1].end
	var missing strings.Builder
	of := func(s statement) func(setting) bool {
		return func(m setting) bool { return slices.Equal(s.key, m.path) }
	}
	for _, s := range slices.Backward(all[at+1 : end]) {
		i := slices.IndexFunc(members, of(s))
		if i < 0 {
			continue
		}
		start := s.start + len(leading(f.text, s.start))
		line := tomlLine(members[i])
		out = slices.Concat(out[:start], []byte(line), out[s.tail:])
		last += len(line) - (s.tail - start)
		members = slices.Delete(slices.Clone(members), i, i+1)
	}
	before, after := newline, ""
	if out[last-1] == '\r' { // it belongs to the newline that follows
		before, after = "\n", "\r"
	}
	for _, m := range members {
		missing.WriteString(before + tomlLine(m) + after)
	}
	return slices.Concat(out[:last], []byte(missing.String()), out[last:]), nil
}

// merged leaves out what the table has already, and adds what its lists have in addition.
func (f *tomlFile) merged(table []string, members []setting) []setting {
	old := f.values
	for _, name := range table {
		old, _ = old[name].(map[string]any)
	}
	var out []setting
	for _, m := range members {
		name := m.path[0]
		list, isList := m.value.([]string)
		if have, ok := old[name].([]any); ok && isList && name == "env_vars" {
			list = slices.Clone(list)
			for _, x := range have {
				if s, ok := x.(string); ok && !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
			m.value = list
		}
		if !sameValue(old[name], m.value) {
			out = append(out, m)
		}
	}
	return out
}

// sameValue reports whether a decoded value is that of a setting.
func sameValue(decoded, value any) bool {
	list, ok := value.([]string)
	if !ok {
		return decoded == value
	}
	have, ok := decoded.([]any)
	return ok && slices.EqualFunc(have, list, func(a any, b string) bool { return a == b })
}

// remove removes a table with the tables below it. Comments above its header stay.
func (f *tomlFile) remove(table []string) []byte {
	all := f.statements()
	below := func(s statement) bool {
		return s.header && len(s.key) >= len(table) && slices.Equal(s.key[:len(table)], table)
	}
	out := f.text
	for i := len(all) - 1; i >= 0; i-- {
		if !below(all[i]) {
			continue
		}
		last := i
		for last+1 < len(all) && !all[last+1].header {
			last++
		}
		start, end := all[i].start, min(all[last].end+1, len(f.text))
		rest := out[end:]
		if last+1 == len(all) || blanksOnly(out[end:all[last+1].start]) {
			rest = bytes.TrimLeft(rest, "\r\n")
		}
		out = slices.Concat(out[:start], rest)
	}
	if trimmed := bytes.TrimRight(out, " \t\r\n"); len(trimmed) > 0 && len(out) < len(f.text) {
		return append(bytes.Clone(trimmed), '\n')
	}
	return out
}

// tomlLine returns a key with its value.
func tomlLine(m setting) string {
	key := m.path[len(m.path)-1]
	switch v := m.value.(type) {
	case string:
		return key + " = " + tomlQuote(v)
	case []string:
		quoted := make([]string, len(v))
		for i, x := range v {
			quoted[i] = tomlQuote(x)
		}
		return key + " = [" + strings.Join(quoted, ", ") + "]"
	}
	panic(fmt.Sprintf("mcpconfig: cannot write %T", m.value))
}

// tomlQuote returns a basic string. What does not show is escaped.
func tomlQuote(s string) string {
	return quoteAs(s, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) })
}
