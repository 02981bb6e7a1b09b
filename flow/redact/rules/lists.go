package rules

import (
	_ "embed"
	"strings"
)

//go:embed words.txt
var wordsText string

// lists are those of words.txt by their headings.
var lists = func() map[string][]string {
	all := map[string][]string{}
	eachWord(wordsText, func(heading, word string) { all[heading] = append(all[heading], word) })
	return all
}()

// eachWord calls f with the words of a table, each with the heading that it stands under.
func eachWord(text string, f func(heading, word string)) {
	heading := ""
	for line := range strings.Lines(text) {
		if line[0] == '#' {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			if name, ok := strings.CutSuffix(word, ":"); ok {
				heading = name
			} else {
				f(heading, word)
			}
		}
	}
}

// List returns the words under a heading of words.txt.
func List(heading string) []string { return lists[heading] }

// Set returns them as a set.
func Set(heading string) map[string]bool {
	set := map[string]bool{}
	for _, word := range lists[heading] {
		set[word] = true
	}
	return set
}
