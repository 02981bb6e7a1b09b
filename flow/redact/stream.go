package redact

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"slices"
	"sort"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
)

// headOf returns what stands before the data in a line of an event stream, or the code before JSON
// in the data stream of the AI SDK, 0:"Hi". It returns "" for other lines.
func headOf(line string) string {
	if after, ok := strings.CutPrefix(line, "data:"); ok {
		return line[:len(line)-len(strings.TrimPrefix(after, " "))]
	}
	if len(line) > 3 && ascii.IsAlnum(line[0]) && line[1] == ':' && strings.IndexByte(`"{[`, line[2]) >= 0 {
		return line[:2]
	}
	return ""
}

// eventStream redacts server-sent events, and lines of JSON behind codes. The lines of data of one
// event are one text.
func (r *Redactor) eventStream(data []byte) []byte {
	type event struct {
		head        string // "" for a line without data
		texts, raws []string
	}
	var events []event
	for line := range strings.Lines(stringOf(data)) {
		head := headOf(line)
		text := strings.TrimRight(line[len(head):], "\r\n")
		k := len(events) - 1
		if k < 0 || len(head) <= len("0:") || len(events[k].head) <= len("0:") {
			k++
			events = append(events, event{head: head})
		}
		events[k].texts, events[k].raws = append(events[k].texts, text), append(events[k].raws, line)
	}
	texts := make([]string, len(events))
	for i, e := range events {
		if e.head != "" {
			texts[i] = strings.Join(e.texts, "\n")
		}
	}
	var out strings.Builder
	for i, text := range r.joined(texts) {
		raw := strings.Join(events[i].raws, "")
		end := raw[len(strings.TrimRight(raw, "\r\n")):]
		if events[i].head == "" {
			out.WriteString(r.plain(events[i].texts[0]) + end)
		} else if red := string(r.bodyAt("", []byte(text), maxParts)); red != texts[i] {
			out.WriteString(events[i].head + strings.ReplaceAll(red, "\n", cmp.Or(end, "\n")+events[i].head) + end)
		} else {
			out.WriteString(raw)
		}
	}
	return bytesIfChanged(data, out.String())
}

// piece is a string of a message that may be a piece of a text which others continue.
type piece struct {
	message  int
	at       scan.Span // in the message
	notation scan.Notation
	place    uint64 // a hash of the names around it
	owner    uint64 // a hash of the ids and positions around it
	isNamed  bool   // its name is that of pieces in a public format, of which two are enough
}

// joined hides what only the joined pieces of a stream show: secrets that are split over messages,
// and values whose names are in another message. The first piece of a secret gets the placeholder,
// and the others lose their part of it. It returns messages itself if nothing changes.
//
// Strings at the same place in three or more messages are one text, unless they are a constant.
func (r *Redactor) joined(messages []string) []string {
	j := joining{messages: messages}
	for i, m := range messages {
		at := len(m) - len(strings.TrimLeft(m, "0123456789")) // of Socket.IO: 42["a", "b"]
		switch {
		case m == "":
		case at < len(m) && strings.IndexByte(`{["`, m[at]) >= 0:
			j.add(i, at, scan.ReadJSON(m[at:]))
		default:
			j.pieces = append(j.pieces, piece{message: i, at: scan.Span{End: int32(len(m))}})
		}
	}
	return j.apply(r)
}

// joinedTree is joined for the strings within JSON texts: the lines of a stream, the array of one,
// or a result with several texts.
func (r *Redactor) joinedTree(t *scan.Tree) *scan.Tree {
	if r.learns {
		return t
	}
	texts, ends, named := 0, 0, 0
	for i := 1; i < len(t.Nodes); i = int(t.Nodes[i].End) {
		texts++
	}
	for i := 0; i < len(t.Nodes) && texts < minPieces; i++ {
		n := &t.Nodes[i]
		if n.Kind != scan.String || n.Value.Len() == 0 {
			continue
		}
		if isEdge(t.Raw(n.Value)) {
			ends++
		}
		if n.Name.Len() > 3 && pieceNames[t.Raw(n.Name)] {
			named++
		}
	}
	if texts < minPieces && ends < 2 && named < 2 {
		return t
	}
	j := joining{messages: []string{t.Text}}
	j.add(0, 0, t)
	if out := j.apply(r); out[0] != t.Text {
		return scan.ReadJSON(out[0])
	}
	return t
}

const (
	minPieces = 3
	maxPiece  = 16 // the mean length of pieces that have no blanks
)

// isEdge reports whether a blank begins or ends a string as JSON writes it. The pieces of a text
// have blanks there, names and titles do not.
func isEdge(raw string) bool {
	return raw != "" && (raw[0] <= ' ' || raw[len(raw)-1] <= ' ' || strings.HasPrefix(raw, `\n`) || strings.HasSuffix(raw, `\n`))
}

// joining has the pieces of messages.
type joining struct {
	messages []string
	pieces   []piece
}

// grouped returns pieces by a key, each group in the place of its first.
func grouped(pieces []piece, key func(*piece) uint64) (groups [][]piece) {
	at := map[uint64]int{}
	for i := range pieces {
		k, known := at[key(&pieces[i])]
		if !known {
			k = len(groups)
			at[key(&pieces[i])], groups = k, append(groups, nil)
		}
		groups[k] = append(groups[k], pieces[i])
	}
	return groups
}

// add adds the strings of a message, which has its JSON at a position.
func (j *joining) add(message, at int, t *scan.Tree) {
	owners, places := make([]uint64, len(t.Nodes)), make([]uint64, len(t.Nodes))
	for i := range t.Nodes {
		if n := &t.Nodes[i]; n.Parent > 0 && n.Kind > scan.Array && n.Name.Len() > 1 {
			switch name := t.Raw(n.Name); {
			case name == "type", strings.EqualFold(name[len(name)-2:], "id"), strings.EqualFold(name[max(0, len(name)-5):], "index"):
				owners[n.Parent] += maphash.String(pieceSeed, t.Raw(n.Value))
			}
		}
	}
	isTuple, index := len(j.messages) > 1, uint64(0) // ["token", "Hel"]
	for i := 1; i < len(t.Nodes); i++ {
		n := &t.Nodes[i]
		owners[i], places[i] = owners[i]+owners[n.Parent], places[n.Parent]*31+1
		if n.Name.Len() > 0 {
			places[i] += maphash.String(pieceSeed, t.Raw(n.Name))
		} else if isTuple && n.Parent == 1 {
			index++
			places[i] += index << 32
		}
		if n.Kind == scan.String {
			span := scan.Span{Start: n.Value.Start + int32(at), End: n.Value.End + int32(at)}
			j.pieces = append(j.pieces, piece{message, span, scan.JSON, places[i], owners[n.Parent], pieceNames[t.Raw(n.Name)]})
		}
	}
}

var (
	pieceSeed  = maphash.MakeSeed()
	pieceNames = rules.Set("pieces")
)

// apply returns the messages without the secrets of the joined texts.
func (j *joining) apply(r *Redactor) []string {
	edits := map[int][]edit{}
	for _, all := range grouped(j.pieces, func(p *piece) uint64 { return p.place }) {
		if len(all) < minPieces && !(all[0].isNamed && len(all) > 1) {
			continue
		}
		texts := grouped(all, func(p *piece) uint64 { return p.owner })
		if len(texts)*2 > len(all) { // each piece has its own
			texts = [][]piece{all}
		}
		for _, pieces := range texts {
			j.join(r, pieces, edits)
		}
	}
	if len(edits) == 0 {
		return j.messages
	}
	out := slices.Clone(j.messages)
	for i, list := range edits {
		slices.SortFunc(list, func(a, b edit) int { return int(a.at.Start - b.at.Start) })
		out[i] = apply(out[i], list)
	}
	return out
}

// join finds the secrets of a text and adds the edits of its pieces. A piece that begins with all
// of the text before it repeats that.
func (j *joining) join(r *Redactor, pieces []piece, edits map[int][]edit) {
	isNamed := pieces[0].isNamed
	values, starts := make([]string, len(pieces)), make([]int, len(pieces))
	var text []byte
	ends, same, grown := 0, 0, 0
	for i, p := range pieces {
		raw := j.messages[p.message][p.at.Start:p.at.End]
		values[i] = p.notation.Decode(raw)
		if isEdge(raw) {
			ends++
		}
		if i > 0 && values[i] == values[i-1] {
			same++
		}
		if len(text) > 0 && strings.HasPrefix(values[i], stringOf(text)) {
			text = text[:0]
			grown++
		}
		starts[i] = len(text)
		text = append(text, values[i]...)
	}
	isText := isNamed || ends*10 >= len(pieces) || grown*2 > len(pieces) ||
		decode.BeginsJSON(text[:min(len(text), 64)]) && !json.Valid([]byte(values[0]))
	if !isNamed && same*2 > len(pieces) || !isText && len(text) > maxPiece*len(pieces) {
		return
	}
	hidden := r.hiddenIn(string(text), isText)
	for i, p := range pieces {
		start, end := starts[i], starts[i]+len(values[i])
		var out strings.Builder
		done := start
		for k := sort.Search(len(hidden), func(k int) bool { return int(hidden[k].at.End) > start }); k < len(hidden); k++ {
			from, to := int(hidden[k].at.Start), int(hidden[k].at.End)
			if from >= end {
				break
			}
			if from >= start { // it begins here
				out.WriteString(values[i][done-start:from-start] + hidden[k].out)
			}
			done = min(to, end)
		}
		if done > start {
			out.WriteString(values[i][done-start:])
			edits[p.message] = append(edits[p.message], edit{p.at, p.notation.Encode(out.String())})
		}
	}
}

// hiddenIn returns the edits that redact a text: arguments of a tool are JSON. Of strings that may
// be no text, these are the tokens of a known form.
func (r *Redactor) hiddenIn(text string, isText bool) []edit {
	if isText && decode.BeginsJSON([]byte(text[:min(len(text), 64)])) {
		if t := scan.ReadJSON(text); len(t.Nodes) > 2 {
			return r.edits(t, judge.Context{}, 1)
		}
	}
	if isText {
		return r.editsOf(text, r.used(text, spansOf(text, rules.Plain)))
	}
	return r.editsOf(text, tokenSpans(text))
}
