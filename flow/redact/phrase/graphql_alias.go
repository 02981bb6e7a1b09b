package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Aliases returns the names under which a GraphQL document asks for fields that have the name of a
// secret: note in {me {note: password}}.
func Aliases(document string) (secret []string) {
	var last [4]string // the tokens before s; a string literal is ""
	for s := document; ; {
		token, rest := nextToken(s)
		alias, colon, field := last[1], last[2], last[3]
		isAlias := colon == ":" && last[0] != "$" && isName(alias) && isName(field)
		if isAlias && len(field) <= names.MaxLen && names.SensitivityOf(field) == names.Secret {
			secret = append(secret, alias)
		}
		if rest == s {
			return secret
		}
		last, s = [4]string{last[1], last[2], last[3], token}, rest
	}
}

// nextToken returns the next token of a GraphQL document and what follows it (GraphQL
// specification, section 2.1.6). At the end, rest is s.
func nextToken(s string) (token, rest string) {
	text := s
	for {
		text = strings.TrimLeft(text, " \t\r\n,\ufeff")
		if !strings.HasPrefix(text, "#") {
			break
		}
		end := strings.IndexAny(text, "\r\n")
		if end < 0 {
			return "", s
		}
		text = text[end:]
	}
	switch {
	case text == "":
		return "", s
	case strings.HasPrefix(text, `"""`):
		return "", afterBlock(text[3:])
	case text[0] == '"':
		end := 1
		for end < len(text) && text[end] != '"' && text[end] != '\n' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		return "", text[min(end+1, len(text)):]
	}
	end := 0
	for end < len(text) && (ascii.IsAlnum(text[end]) || text[end] == '_') {
		end++
	}
	end = max(end, 1)
	return text[:end], text[end:]
}

// afterBlock returns what follows the end of a block string.
func afterBlock(s string) string {
	for end := 0; ; {
		n := strings.Index(s[end:], `"""`)
		if n < 0 {
			return ""
		}
		if end += n + 3; n == 0 || s[end-4] != '\\' {
			return s[end:]
		}
	}
}

// isName reports whether a token is a name.
func isName(token string) bool {
	return token != "" && (ascii.IsAlnum(token[0]) || token[0] == '_')
}
