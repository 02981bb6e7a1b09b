package redact

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// deltaNames are members that hold a piece of a text, which goes on in the next message of a
// stream: of OpenAI (content, arguments, delta, refusal), Anthropic (text, partial_json, thinking),
// Gemini (text) and Ollama (response, content).
var deltaNames = map[string]bool{"content": true, "text": true, "delta": true, "arguments": true, "partial_json": true, "thinking": true,
	"reasoning_content": true, "refusal": true, "response": true, "transcript": true}

// piece is a piece of a text that several messages have.
type piece struct {
	message int
	at      scan.Span // in the message
	start   int       // in the whole text
	value   string
}

// joined hides what only the joined pieces of a stream show: secrets that are split over messages,
// and values whose names are in another message. The first piece of a secret gets the placeholder,
// and the others lose their part of it. It returns messages itself if nothing changes.
func (r *Redactor) joined(messages []string) []string {
	pieces := map[string][]piece{}
	var paths []string
	for i, m := range messages {
		if len(m) < 2 || !decode.BeginsJSON([]byte(m[:min(len(m), 64)])) {
			continue
		}
		t := scan.ReadJSON(m)
		for k := range t.Nodes {
			if n := &t.Nodes[k]; n.Kind != scan.String || !deltaNames[t.NameOf(int32(k))] {
				continue
			}
			path := t.PathOf(int32(k))
			all, known := pieces[path]
			if !known {
				paths = append(paths, path)
			}
			start := 0
			if len(all) > 0 {
				last := &all[len(all)-1]
				start = last.start + len(last.value)
			}
			pieces[path] = append(all, piece{i, t.Nodes[k].Value, start, t.ValueOf(int32(k))})
		}
	}
	edits := map[int][]edit{}
	for _, path := range paths {
		if all := pieces[path]; len(all) > 1 {
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
	var text strings.Builder
	for _, p := range all {
		text.WriteString(p.value)
	}
	spans := spansOf(text.String(), rules.Plain)
	k := 0
	for _, p := range all {
		var out strings.Builder
		done, end := p.start, p.start+len(p.value)
		for ; k < len(spans) && spans[k].start < end; k++ {
			sp := spans[k]
			if sp.start >= p.start { // it begins here
				out.WriteString(p.value[done-p.start : sp.start-p.start])
				one := sp
				one.start, one.end = 0, sp.end-sp.start
				out.WriteString(r.replaceSpans(text.String()[sp.start:sp.end], []span{one}))
			}
			if done = min(sp.end, end); sp.end > end { // and goes on in the next piece
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
