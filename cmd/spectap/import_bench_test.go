package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// BenchmarkImport imports an archive of 60 MB, as a browser writes it, into a new store.
func BenchmarkImport(b *testing.B) {
	dir := b.TempDir()
	name := filepath.Join(dir, "large.har")
	size := writeArchive(b, name, 12_000)
	b.SetBytes(size)
	for i := range b.N {
		args := []string{"import", "--db", filepath.Join(dir, fmt.Sprint(i, ".db")), name}
		if status := run(b.Context(), args, strings.NewReader(""), io.Discard, os.Stderr); status != cli.ExitFine {
			b.Fatal("status", status)
		}
	}
}

// writeArchive writes an archive with n exchanges of 5 KB each and returns its size.
func writeArchive(tb testing.TB, name string, n int) int64 {
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	random := rand.New(rand.NewPCG(1, 2))
	fmt.Fprint(w, `{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"entries":[`)
	for i := range n {
		var items strings.Builder
		for j := range 30 {
			fmt.Fprintf(&items, `,{\"id\":%d,\"name\":\"item %x\",\"price\":%d.5,\"tags\":[\"new\",\"%x\"]}`, i*30+j, random.Uint64(), random.IntN(1000), random.Uint32())
		}
		fmt.Fprintf(w, `,
{"startedDateTime":"2026-01-02T03:%02d:%02d.123Z","time":12.5,"request":{"method":"GET","url":"https://api.example.com/shops/%d/items?page=%d",
"httpVersion":"http/2.0","headers":[{"name":"accept","value":"application/json"},{"name":"user-agent","value":"Mozilla/5.0 (X11; Linux x86_64)"},
{"name":"referer","value":"https://example.com/shops/%[3]d"}],"queryString":[{"name":"page","value":"%[4]d"}],"cookies":[],"headersSize":-1,"bodySize":0},
"response":{"status":200,"statusText":"","httpVersion":"http/2.0","headers":[{"name":"content-type","value":"application/json"},
{"name":"date","value":"Fri, 02 Jan 2026 03:04:05 GMT"},{"name":"x-request-id","value":"%[5]x"}],"cookies":[],
"content":{"size":%[6]d,"mimeType":"application/json","text":"[%[7]s]"},"redirectURL":"","headersSize":-1,"bodySize":-1},
"cache":{},"timings":{"send":0.1,"wait":11,"receive":1.4}}`[trim(i):], i/60%60, i%60, i%500, i%20, random.Uint64(), items.Len(), items.String()[1:])
	}
	fmt.Fprint(w, "]}}")
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	st, err := f.Stat()
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return st.Size()
}

// trim leaves out the comma before the first entry.
func trim(i int) int {
	if i == 0 {
		return 1
	}
	return 0
}
