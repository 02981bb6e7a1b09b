package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportCapture imports what tcpdump wrote, and writes its requests for the HTTP client of an
// editor.
func TestImportCapture(t *testing.T) {
	dir := t.TempDir()
	db, file := filepath.Join(dir, "flows.db"), filepath.Join(dir, "requests.http")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"import ../../flow/pcap/testdata/curl.pcap", 0, "imported 2 flows"},
		{"flows export -o " + file + " method:GET", 0, "wrote 2 requests"},
		{"flows export --format http --reveal", 2, "secrets are variables"},
		{"flows export --format zip", 2, "must be har or http"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), append(strings.Fields(tt.args), "--db", db), nil, &stdout, &stderr)
		if status != tt.status || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %d %s", tt.args, status, stderr.String())
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(got), "\nGET http://127.0.0.1:8765/a.json?x=2\nUser-Agent: curl/") {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestImportBrokenCapture says why a capture has fewer flows than its user thinks.
func TestImportBrokenCapture(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile("../../flow/pcap/testdata/curl.pcap")
	if err != nil {
		t.Fatal(err)
	}
	partial := bytes.Clone(whole[:24])
	for at := 24; at < len(whole); { // as with tcpdump -s 60
		n := int(binary.LittleEndian.Uint32(whole[at+8:]))
		header := bytes.Clone(whole[at : at+16])
		binary.LittleEndian.PutUint32(header[8:], uint32(min(n, 60)))
		partial = append(append(partial, header...), whole[at+16:at+16+min(n, 60)]...)
		at += 16 + n
	}
	for name, tt := range map[string]struct {
		file   []byte
		status int
		want   string
	}{
		"empty.pcap":   {whole[:24], 0, "imported 0 flows from empty.pcap; none of its 0 packets has data of a TCP connection"},
		"early.pcap":   {whole[:150], 0, "imported 0 flows from early.pcap; the file ends in the middle of packet 2, so that what follows is missing; none of its 1 packet"},
		"late.pcap":    {whole[:len(whole)-3], 0, "imported 2 flows from late.pcap; the file ends in the middle of packet "},
		"partial.pcap": {partial, 0, "packets the capture has only the beginning (tcpdump -s 0 keeps whole packets)"},
		"head.pcap":    {whole[:10], 1, "not a packet capture"},
	} {
		t.Chdir(dir)
		if err := os.WriteFile(name, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), []string{"import", "--db", name + ".db", name}, nil, &stdout, &stderr)
		if status != tt.status || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: %d %s", name, status, stderr.String())
		}
	}
}
