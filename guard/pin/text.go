package pin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
)

// addresses are phrases that address the model. They come from published attacks on descriptions of
// tools; an honest description needs none of them.
var addresses = lazyregexp.New(`(?i)` + strings.Join([]string{
	`\b(ignore|disregard|forget|override)\b[^.\n]{0,40}\b(instruction|prompt|rule|polic|guideline|message)\w*`,
	`\b(do not|don't|never|without)\b[^.\n]{0,20}\b(tell|telling|inform|informing|mention|mentioning|notify|notifying|` +
		`ask|asking|show|showing|reveal|alert)\w*\b[^.\n]{0,30}\b(user|human|person|anyone)\b`,
	`\b(you|assistant|model|agent|ai|llm)\b[^.\n]{0,10}\b(must|shall|should always|have to|are required to)\b`,
	`\bbefore\b[^.\n]{0,20}\b(using|calling|invoking|running)\b[^.\n]{0,30}\btools?\b`,
	`\b(always|must|only)\b[^.\n]{0,15}\b(use|call|invoke|prefer) this\b`,
	`\binstead of\b[^.\n]{0,30}\b(other|another|any other) tools?\b`,
	`\bsystem prompt\b`, `\bsystem message\b`, `\bconversation history\b`, `\bprevious (messages|conversation)\b`,
	`<\/?(important|system|secret|instructions?|assistant)>`, `\[/?inst\]`,
	`\b(read|send|include|attach|pass|append|copy|forward)\b[^.\n]{0,50}(~/\.|\.ssh\b|id_rsa|\.env\b|private key|credentials|api keys?\b|passwords?\b|mcp\.json)`,
}, "|"))

// addressed returns the first phrase of a text that addresses the model, or "".
func addressed(s string) string { return addresses.FindString(plain(s)) }

// plain returns a text as a model reads it: without invisible characters, and with lookalike
// letters unified.
func plain(s string) string {
	return norm.NFKC.String(strings.Map(func(r rune) rune {
		if invisibleRune(r) {
			return -1
		}
		return r
	}, s))
}

// invisible returns the first invisible character, and whether there is one. Variation selectors
// and joiners are common between symbols such as emoji.
func invisible(s string) (rune, bool) {
	last := rune(0)
	for _, r := range s {
		joins := (r == '\ufe0f' || r == '\u200d') && (unicode.IsSymbol(last) || last == '\ufe0f')
		if invisibleRune(r) && !joins {
			return r, true
		}
		last = r
	}
	return 0, false
}

func invisibleRune(r rune) bool { return r != '\n' && r != '\t' && r != '\r' && !visible.Shown(r) }
