package redact

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
)

// joinedEvents puts JSON that an event stream has over several lines of data on one, where redaction by lines would not
// see what belongs to which name.
func (r *Redactor) joinedEvents(data []byte) []byte {
	prefix := []byte("data:")
	if !bytes.Contains(data, []byte("\ndata:")) {
		return data
	}
	var out bytes.Buffer
	var lines, values [][]byte // of data, without a break between them
	flush := func() {
		joined := bytes.TrimSpace(bytes.Join(values, nil))
		if len(values) > 1 && json.Valid(joined) && !bytes.Equal(r.JSON(joined), joined) {
			out.WriteString("data: ")
			out.Write(joined)
			out.WriteByte('\n')
		} else {
			out.Write(bytes.Join(lines, nil))
		}
		lines, values = nil, nil
	}
	for line := range bytes.Lines(data) {
		value, ok := bytes.CutPrefix(line, prefix)
		if ok {
			lines, values = append(lines, line), append(values, bytes.TrimRight(value, "\r\n"))
			continue
		}
		flush()
		out.Write(line)
	}
	flush()
	if bytes.Equal(out.Bytes(), data) {
		return data
	}
	return out.Bytes()
}

// isTally says whether a column counts what its name says: tokens, 12.
func isTally(name, cell string) bool {
	return strings.HasSuffix(name, "s") && countClasses(cell).digit == len(cell)
}

// table redacts comma- or tab-separated values by the names in the first line; what cannot be read that way is text.
func (r *Redactor) table(mediaType string, data []byte) []byte {
	in := csv.NewReader(bytes.NewReader(data))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	if mediaType == "text/tab-separated-values" {
		in.Comma, out.Comma = '\t', '\t'
	}
	rows, err := in.ReadAll()
	if err != nil || len(rows) < 2 {
		return changed(data, r.Text(string(data)))
	}
	changes := false
	for i, row := range rows {
		for j, cell := range row {
			class := Plain
			if i > 0 && j < len(rows[0]) && !isTally(rows[0][j], cell) {
				class = r.rules.class(rows[0][j])
			}
			if red := r.value(class, cell); red != cell {
				row[j], changes = red, true
			}
		}
	}
	if !changes {
		return data
	}
	if out.WriteAll(rows) != nil {
		return nil
	}
	return text.Bytes()
}
