// Package spelling finds the name that a misspelt one was most likely meant to be.
package spelling

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// maxLength bounds the names that are compared, in bytes.
const maxLength = 64

// Nearest returns the one of the known names that name was most likely meant to be, or "". In this
// order it returns a name that differs in case and separators only (flowId, flow_id); one that
// differs by a letter that was added, left out or changed, or by two that changed places; one whose
// words contain all words of name, or the reverse (body, requestBody). Of several, it returns the
// first of the shortest.
func Nearest(name string, known []string) string {
	if name == "" || len(name) > maxLength {
		return ""
	}
	all := words(name)
	plain := strings.Join(all, "")
	best, bestRank := "", 0
	for _, k := range known {
		other := words(k)
		rank := 0
		switch joined := strings.Join(other, ""); {
		case len(k) > maxLength || joined == "" || plain == "":
		case joined == plain:
			rank = 3
		case IsNear(joined, plain):
			rank = 2
		case contains(other, all) || contains(all, other):
			rank = 1
		}
		if rank > bestRank || rank == bestRank && rank > 0 && len(k) < len(best) {
			best, bestRank = k, rank
		}
	}
	return best
}

// maxListed bounds the names that [Advice] lists.
const maxListed = 40

// Advice lists the known names, of which required ones end in "*", and proposes those that the
// unknown ones were most likely meant to be: "arguments: owner*, page; did you mean page?". A name
// may have members, as in "body* {title*, text}", which may also be proposed.
func Advice(known, unknown []string) string {
	if len(known) == 0 {
		return "it takes no arguments"
	}
	var plain []string
	for _, k := range known {
		name, members, _ := strings.Cut(k, " {")
		plain = append(plain, strings.TrimSuffix(name, "*"))
		if members != "" {
			for m := range strings.SplitSeq(strings.TrimSuffix(members, "}"), ", ") {
				plain = append(plain, strings.TrimSuffix(m, "*"))
			}
		}
	}
	var meant []string
	for _, name := range unknown {
		if near := Nearest(name, plain); near != "" && !slices.Contains(meant, near) {
			meant = append(meant, near)
		}
	}
	shown := known
	if len(known) > maxListed {
		shown = append(slices.Clone(known[:maxListed]), fmt.Sprintf("… (%d in all)", len(known)))
	}
	text := "arguments: " + strings.Join(shown, ", ")
	if len(meant) > 0 {
		text += "; did you mean " + strings.Join(meant, ", ") + "?"
	}
	return text
}

// IsNear reports whether two words of three or more bytes differ by one byte that was added, left
// out or changed, or by two that changed places.
func IsNear(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 3 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return i == len(a) || a[i+1:] == b[i+1:] ||
		i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// contains reports whether list has all words.
func contains(list, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(list, w) })
}

// words splits a name at capitals that follow a small letter or digit, and at characters that are
// neither letters nor digits. The words are in lower case.
func words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = word[:0]
		}
	}
	wasSmall := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			wasSmall = false
			continue
		}
		if unicode.IsUpper(r) && wasSmall {
			end()
		}
		word = append(word, unicode.ToLower(r))
		wasSmall = !unicode.IsUpper(r)
	}
	end()
	return out
}
