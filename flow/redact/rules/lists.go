package rules

import (
	_ "embed"
	"strings"
)

//go:embed words.txt
var wordsText string

// lists are those of words.txt by their headings.
var lists = func() map[string][]string {
	all, heading := map[string][]string{}, ""
	for line := range strings.Lines(wordsText) {
		for word := range strings.FieldsSeq(line) {
			if line[0] == '#' {
				break
			}
			if name, ok := strings.CutSuffix(word, ":"); ok {
				heading = name
				continue
			}
			all[heading] = append(all[heading], word)
		}
	}
	return all
}()

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
