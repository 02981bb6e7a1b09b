package approval

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

// DescribeFull is Describe, followed by the full text of the values that Describe shortens. Each of
// their lines is marked.
func DescribeFull(h *Held, last *Held) string {
	var b strings.Builder
	b.WriteString(Describe(h, last))
	heading := "whole\n"
	write := func(name, value string) {
		fmt.Fprintf(&b, "%s  %s\n", heading, name)
		writeBlock(&b, value)
		heading = ""
	}
	if r := h.Request; r != nil {
		if isLong(r.URL, maxBody) {
			write("the URL", r.URL)
		}
		for _, line := range r.Header {
			if isLong(line, maxShown) {
				write("a header", line)
			}
		}
		if isLong(r.Body, maxBody) {
			write("the body", r.Body)
		}
	}
	values := map[string]string{}
	flatten(values, "", jsonvalue.Decode(h.Arguments))
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if text := values[path]; isLong(text, maxShown) {
			if s, ok := jsonvalue.Decode([]byte(text)).(string); ok {
				text = s
			}
			write(visible.LookalikeLine(quoteIfOdd(path)), text)
		}
	}
	return b.String()
}

func isLong(s string, most int) bool { return utf8.RuneCountInString(s) > most }

// IsShortened reports whether Describe shortens a value of a call.
func IsShortened(h *Held) bool { return len(DescribeFull(h, nil)) > len(Describe(h, nil)) }

// writeBlock writes a text of several lines, each marked, so that none looks like a line of the
// description.
func writeBlock(b *strings.Builder, text string) {
	for l := range strings.Lines(text) {
		fmt.Fprintf(b, "  | %s\n", visible.LookalikeLine(strings.TrimSuffix(l, "\n")))
	}
}

// bothEnds returns a text on one line, as shown does, and only both ends of a long one.
func bothEnds(s string, most int) string {
	start, middle, end := visible.Split(s, most)
	if middle == "" {
		return visible.LookalikeLine(s)
	}
	return visible.LookalikeLine(start) + " " + between(middle) + " " + visible.LookalikeLine(end)
}

// between describes the omitted part of a text: its length, and how many of its characters are
// invisible or look like other letters.
func between(middle string) string {
	hidden := 0
	for _, r := range middle {
		if !visible.Shown(r) && r != '\n' && r != '\t' && r != '\r' {
			hidden++
		}
	}
	line := visible.Line(middle)
	alike := strings.Count(visible.LookalikeLine(middle), "[U+") - strings.Count(line, "[U+")
	text := fmt.Sprintf("… %d characters", utf8.RuneCountInString(middle))
	if hidden > 0 {
		text += fmt.Sprintf(", of which %d do not show", hidden)
	}
	if alike > 0 {
		text += fmt.Sprintf(", with %d letters that look like others", alike)
	}
	return text + " …"
}

// around is how much is shown on both sides of a difference, in characters.
const around = 40

// describeChange shows where two values differ, unless the ends that are shown contain the
// difference.
func describeChange(b *strings.Builder, now, was string) {
	startNow, middleNow, endNow := visible.Split(now, maxShown)
	startWas, middleWas, endWas := visible.Split(was, maxShown)
	if middleNow == "" && middleWas == "" || startNow != startWas || endNow != endWas {
		return
	}
	x, y := visible.Differing(now, was, around)
	fmt.Fprintf(b, "    it is now %s\n    and was   %s\n", bothEnds(x, maxShown), bothEnds(y, maxShown))
}
