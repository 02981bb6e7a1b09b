package pin

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Review returns the findings in a definition that nobody has accepted, most important first.
// foreign are the names of tools of other servers: a definition that mentions them may try to
// change their use.
//
// A definition without findings may still be harmful.
func Review(kind Kind, definition jsontext.Value, foreign map[string]bool) []Change {
	c := &comparison{kind: kind, foreign: foreign}
	c.texts("", nil, jsonvalue.Decode(definition))
	slices.SortStableFunc(c.changes, func(a, b Change) int { return int(a.Weight) - int(b.Weight) })
	return c.changes
}

// isSuspect reports whether a definition requires review before it is accepted. Instructions of a
// server may address the model; a definition of a tool may not.
func isSuspect(kind Kind, definition jsontext.Value, foreign map[string]bool) bool {
	return slices.ContainsFunc(Review(kind, definition, foreign), func(c Change) bool { return c.High && (kind != Server || c.Weight == Invisible) })
}

// foreign returns the names of the tools of other servers that do not occur in ordinary text: those
// of several joined words.
func (c *content) foreign(server string) map[string]bool {
	names, own := map[string]bool{}, map[string]bool{}
	for name, s := range c.Servers {
		for _, p := range s.Pins {
			switch {
			case p.Kind != Tool:
			case name == server:
				own[p.Name] = true
			case isDistinct(p.Name):
				names[p.Name] = true
			}
		}
	}
	for name := range own {
		delete(names, name)
	}
	return names
}

// foreignOf is foreign for entries of a book.
func foreignOf(e *Entry, others []Entry) map[string]bool {
	c := &content{Servers: map[string]*shelf{}}
	for i := range others {
		o := &others[i]
		if c.Servers[o.Server] == nil {
			c.Servers[o.Server] = &shelf{}
		}
		c.Servers[o.Server].Pins = append(c.Servers[o.Server].Pins, &o.Pin)
	}
	return c.foreign(e.Server)
}

// isDistinct reports whether a name consists of several words, such as send_mail or sendMail.
func isDistinct(name string) bool {
	joint := strings.IndexFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == '.' || unicode.IsUpper(r) })
	return len(name) >= 6 && joint > 0
}

// isNameRune reports whether a character may occur in the name of a tool.
func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r)
}

// foreignIn returns the first name of a tool of another server in a text, or "".
func foreignIn(s string, foreign map[string]bool) string {
	if len(foreign) == 0 {
		return ""
	}
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !isNameRune(r) }) {
		if w = strings.Trim(w, ".-"); foreign[w] {
			return w
		}
	}
	return ""
}

// demands are phrases that no honest description of a tool contains: orders to ignore earlier
// instructions, to hide something from the person or to fetch keys, and the markup of prompts.
var demands = lazyregexp.New(`(?i)` + strings.Join([]string{
	`\b(ignore|disregard|forget)\b[^.\n]{0,30}\b(instruction|prompt|guideline)`,
	`\b(do not|don't|never)\b[^.\n]{0,20}\b(tell|inform|mention|reveal|alert)\b[^.\n]{0,30}\b(user|human|person|anyone)\b`,
	`<\/?(important|system|secret|instructions?|assistant)>`, `\[/?inst\]`,
	`\b(read|send|include|attach|pass|append|copy|forward)\b[^.\n]{0,50}(~/\.|\.ssh\b|id_rsa|mcp\.json)`,
}, "|"))

// commands are characters that change how a text is read and belong to no language: tags, other
// variation selectors, and characters that change the direction or control a terminal.
func commands(r rune) bool {
	return r >= 0xe0000 && r <= 0xe01ef || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r < ' ' && invisibleRune(r) || r == 0x7f
}

// minEncoded is the length of the shortest word that is decoded.
const minEncoded = 40

// encodedText returns a sentence that a text hides in base64 or hexadecimal digits, or "". Keys,
// images and tokens do not count as sentences.
func encodedText(s string) string {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !isNameRune(r) && r != '+' && r != '/' || r == '.' }) {
		if len(w) < minEncoded {
			continue
		}
		bare := strings.NewReplacer("-", "+", "_", "/").Replace(w)
		for _, decode := range []func(string) ([]byte, error){base64.RawStdEncoding.DecodeString, hex.DecodeString} {
			if data, err := decode(bare); err == nil && isSentence(string(data)) {
				return string(data)
			}
		}
	}
	return ""
}

// isSentence reports whether a text consists of words of letters.
func isSentence(s string) bool {
	fields, letters, others := strings.Fields(s), 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), r == ' ':
			letters++
		default:
			others++
		}
	}
	return len(fields) >= 4 && others*5 < letters
}

// shorten shortens a text for quoting in a finding.
func shorten(s string) string {
	if r := []rune(s); len(r) > maxFound {
		s = string(r[:maxFound]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// maxFound bounds the quoted part of a text, in characters.
const maxFound = 80
