package redact

import (
	"bytes"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/delta"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// eventStream redacts server-sent events, whose lines of data have a text of JSON each.
func (r *Redactor) eventStream(data []byte) []byte {
	var out bytes.Buffer
	for line := range bytes.Lines(r.joinedLines(data, "data:")) {
		text := bytes.TrimRight(line, "\r\n")
		if value, ok := bytes.CutPrefix(text, []byte("data:")); ok {
			out.WriteString("data:")
			out.Write(r.bodyAt("", value, maxParts))
		} else {
			out.WriteString(r.plain(string(text)))
		}
		out.Write(line[len(text):])
	}
	return bytesIfChanged(data, out.String())
}

// joinedLines hides what the joined pieces of a text show, in lines with a prefix.
func (r *Redactor) joinedLines(data []byte, prefix string) []byte {
	lines := strings.SplitAfter(string(data), "\n")
	messages := make([]string, len(lines))
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			messages[i] = strings.TrimRight(rest, "\r\n")
		}
	}
	out := r.joined(messages)
	isChanged := false
	for i := range lines {
		if out[i] != messages[i] {
			lines[i], isChanged = prefix+out[i]+lines[i][len(prefix)+len(messages[i]):], true
		}
	}
	if !isChanged {
		return data
	}
	return []byte(strings.Join(lines, ""))
}

// piece is a piece of a text that several messages have.
type piece struct {
	message int
	at      scan.Span // in the message
	start   int       // in the complete text
	value   string
}

// joined hides what only the joined pieces of a stream show: secrets that are split over messages,
// and values whose names are in another message. The first piece of a secret gets the placeholder,
// and the others lose their part of it. It returns messages itself if nothing changes.
func (r *Redactor) joined(messages []string) []string {
	pieces := map[string][]piece{}
	var places []string
	for i, m := range messages {
		if len(m) < 2 || !decode.BeginsJSON([]byte(m[:min(len(m), 64)])) {
			continue
		}
		t, found := delta.Pieces(m)
		for _, p := range found {
			all, known := pieces[p.Place]
			if !known {
				places = append(places, p.Place)
			}
			start := 0
			if len(all) > 0 {
				last := &all[len(all)-1]
				start = last.start + len(last.value)
			}
			pieces[p.Place] = append(all, piece{i, t.Nodes[p.Node].Value, start, t.ValueOf(p.Node)})
		}
	}
	edits := map[int][]edit{}
	for _, place := range places {
		if all := pieces[place]; len(all) > 1 {
			r.joinedText(all, edits)
		}
	}
	if len(edits) == 0 {
		return messages
	}
	out := slices.Clone(messages)
	for i, list := range edits {
		slices.SortFunc(list, func(a, b edit) int { return int(a.at.Start - b.at.Start) })
		out[i] = apply(out[i], list)
	}
	return out
}

// joinedText finds the secrets of a text and adds the edits of its pieces.
func (r *Redactor) joinedText(all []piece, edits map[int][]edit) {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.value)
	}
	hidden := r.hiddenIn(b.String())
	k := 0
	for _, p := range all {
		var out strings.Builder
		done, end := p.start, p.start+len(p.value)
		for ; k < len(hidden) && int(hidden[k].at.Start) < end; k++ {
			from, to := int(hidden[k].at.Start), int(hidden[k].at.End)
			if from >= p.start { // it begins here
				out.WriteString(p.value[done-p.start:from-p.start] + hidden[k].out)
			}
			if done = min(to, end); to > end { // continues in the next piece
				break
			}
		}
		if done == p.start {
			continue
		}
		out.WriteString(p.value[done-p.start:])
		edits[p.message] = append(edits[p.message], edit{p.at, scan.JSON.Encode(out.String())})
	}
}

// hiddenIn returns the edits that redact a text: arguments of a tool are JSON.
func (r *Redactor) hiddenIn(text string) (out []edit) {
	if decode.BeginsJSON([]byte(text[:min(len(text), 64)])) {
		if t := scan.ReadJSON(text); len(t.Nodes) > 2 {
			return r.edits(t, judge.Context{}, 1)
		}
	}
	for _, sp := range r.used(text, spansOf(text, rules.Plain)) {
		one := sp
		one.start, one.end = 0, sp.end-sp.start
		out = append(out, edit{scan.Span{Start: int32(sp.start), End: int32(sp.end)}, r.replaceSpans(text[sp.start:sp.end], []span{one})})
	}
	return out
}
