package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/hexdigit"
)

// redisAuth finds the password of AUTH, also with a user before it, within HELLO, and in quotes as
// MONITOR writes it.
func redisAuth(s string, i, j int) (phrase.Span, bool) {
	from := lineStart(s, i)
	if s[j] == '"' { // "AUTH" "x"
		if s[i] == 'a' || i == 0 || s[i-1] != '"' || !strings.HasPrefix(s[j:], `" "`) {
			return phrase.Span{}, false
		}
		var args [2]phrase.Span
		n, whole := words(s, j+1, args[:])
		return args[max(n-1, 0)], n > 0 && whole
	}
	if strings.HasPrefix(s[j:], "\r\n$") {
		return bulkAuth(s, i, j)
	}
	if s[j] != ' ' {
		return phrase.Span{}, false
	}
	if w := word(s, j); s[i] == 'a' { // stats auth ann:x
		if n := strings.IndexByte(w.In(s), ':'); n > 0 && strings.TrimSpace(s[from:i]) == "stats" {
			return phrase.Span{Start: w.Start + n + 1, End: w.End}, true
		}
		if from, ok := phrase.OfAccount("auth", w.In(s)); ok {
			return phrase.Span{Start: w.Start + from, End: w.End}, true
		}
	}
	hello := isHello(s[from:i])
	if !hello && (s[i] == 'a' || !isPrompt(s, from, i)) {
		return phrase.Span{}, false
	}
	var args [3]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n < 2 || !whole && !hello || n == 3 && !hello {
		return phrase.Span{}, false
	}
	return args[1], hello || form.IsMixed(args[1].In(s))
}

// bulkAuth finds the password of AUTH as clients send it, an argument a line with its length above
// it: *2, $4, AUTH, $9, x.
func bulkAuth(s string, i, j int) (sp phrase.Span, ok bool) {
	if !strings.HasSuffix(s[:i], "\n") {
		return sp, false
	}
	for range 2 { // maybe the user
		if !strings.HasPrefix(s[j:], "\r\n$") {
			break
		}
		length := lineEnd(s, j+2)
		start := min(len(s), length+2)
		end := lineEnd(s, start)
		if start >= end {
			break
		}
		sp, j = phrase.Span{Start: start, End: end}, end
	}
	return sp, sp.End > 0
}

// isHello reports whether a line before the word AUTH has the command HELLO and its version, maybe
// after a prompt.
func isHello(before string) bool {
	words := strings.Fields(strings.ToLower(before))
	n := len(words)
	return n > 1 && words[n-2] == "hello" || n == 1 && words[0] == "hello"
}

// redisSetting finds the password in CONFIG SET requirepass x. Lines of a configuration are
// commands; see flow/redact/command.
func redisSetting(s string, i, j int) (phrase.Span, bool) {
	if s[j] != ' ' || !strings.HasSuffix(strings.ToLower(s[lineStart(s, i):i]), "set ") {
		return phrase.Span{}, false
	}
	return word(s, j), true
}

// redisUser finds the password in the rules of a user: ACL SETUSER name on >x, user name on #HASH.
func redisUser(s string, i, j int) (phrase.Span, bool) {
	end := lineEnd(s, j)
	rules := s[j:end]
	for k := 0; k+2 < len(rules); k++ {
		if rules[k] != ' ' || strings.IndexByte("><#!", rules[k+1]) < 0 || rules[k+2] == ' ' {
			continue
		}
		n := strings.IndexAny(rules[k+2:], " \"'")
		if n < 0 {
			n = len(rules) - k - 2
		}
		value := rules[k+2 : k+2+n]
		if rules[k+1] == '#' || rules[k+1] == '!' {
			if len(value) != 64 || !hexdigit.All(value) {
				continue
			}
		} else if !hasFlag(rules) {
			continue
		}
		return phrase.Span{Start: j + k + 2, End: j + k + 2 + n}, true
	}
	return phrase.Span{}, false
}

// hasFlag reports whether the rules after the name of a user have one of the words that such rules
// begin with.
func hasFlag(rules string) bool {
	name := strings.IndexByte(rules[1:], ' ')
	if name < 0 {
		return false
	}
	rules = rules[1+name:]
	for _, flag := range [...]string{" on ", " off ", " reset ", " resetpass ", " nopass ", " sanitize-payload "} {
		if strings.Contains(rules, flag) {
			return true
		}
	}
	return false
}
