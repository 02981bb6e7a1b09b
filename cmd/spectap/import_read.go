package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/burp"
	"github.com/spectap/spectap/flow/exchange"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/flow/mitmdump"
	"github.com/spectap/spectap/flow/pcap"
	"github.com/spectap/spectap/flow/postman"
	"github.com/spectap/spectap/internal/visible"
)

// importFile is what a file holds.
type importFile struct {
	flows iter.Seq2[flow.Flow, error]
	// skipped counts the entries so far that are no HTTP exchanges.
	skipped func() int
	// remarks says what else a person should know of the file after all flows were read.
	remarks func(flows int) string
}

// readTraffic reads the flows of a file. It recognizes the format by the first bytes.
// Variables are values for those of a Postman collection.
func readTraffic(r io.Reader, source string, variables map[string]string) (importFile, error) {
	none := func(int) string { return "" }
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return importFile{}, fmt.Errorf("unzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if head, _ := b.Peek(4); pcap.IsCapture(head) {
		r := pcap.Read(b, source)
		return importFile{r.Flows(), r.Skipped, func(n int) string { return capturedRemarks(r.Seen(), n, r.Skipped()) }}, nil
	}
	if head, _ := b.Peek(32); mitmdump.IsFlowFile(head) {
		m := mitmdump.Read(b, mitmdump.Config{Source: source})
		return importFile{m.Flows(), m.Skipped, none}, nil
	}
	head, _ := b.Peek(b.Size())
	switch {
	case burp.IsItems(head):
		r := burp.Read(b, source)
		return importFile{r.Flows(), r.Skipped, func(int) string { return timesRemarks(r.Unclear()) }}, nil
	case postman.IsCollection(head):
		r := postman.Read(b, postman.Config{Source: source, Time: time.Now(), Variables: variables})
		return importFile{r.Flows(), r.Skipped, none}, nil
	}
	h := har.Read(b, har.ReadConfig{Source: source})
	return importFile{h.Flows(), h.Skipped, none}, nil
}

// capturedRemarks says what of a packet capture could not be read, or why it has no flow.
func capturedRemarks(seen pcap.Seen, flows, skipped int) string {
	var b strings.Builder
	if seen.Cut > 0 {
		fmt.Fprintf(&b, "; the file ends in the middle of packet %d, so that what follows is missing", seen.Cut)
	}
	if seen.Partial > 0 {
		fmt.Fprintf(&b, "; of %s the capture has only the beginning (tcpdump -s 0 keeps whole packets)", plural(seen.Partial, "packet"))
	}
	switch {
	case seen.Data > 0 && b.Len() == 0 && flows+skipped == 0:
		b.WriteString("; its TCP connections have no HTTP request")
	case seen.Data == 0:
		fmt.Fprintf(&b, "; none of its %s has data of a TCP connection", plural(seen.Packets, "packet"))
	}
	return b.String()
}

// timesRemarks says which times of a file of Burp could not be read.
func timesRemarks(t burp.Times) string {
	var b strings.Builder
	for _, zone := range slices.Sorted(maps.Keys(t.Zones)) {
		fmt.Fprintf(&b, "; took the time of %s for UTC: %q is not the name of one zone, and no Date header tells which",
			plural(t.Zones[zone], "entry"), zone)
	}
	if t.Unread > 0 {
		fmt.Fprintf(&b, "; %s a time that can be read", haveNo(t.Unread))
	}
	return b.String()
}

func haveNo(entries int) string {
	if entries == 1 {
		return "1 entry does not have"
	}
	return plural(entries, "entry") + " do not have"
}

// isWhole reports whether an error concerns the whole file, not one of its entries.
func isWhole(err error) bool {
	var entry *exchange.EntryError
	var dumped *mitmdump.FlowError
	return !errors.As(err, &entry) && !errors.As(err, &dumped)
}

// isTooLarge reports whether an error concerns one entry that is too large to read. Such an entry
// is left out and reported; other bad entries stop an import, because the file may be damaged.
func isTooLarge(err error) bool {
	var entry *exchange.EntryError
	return errors.As(err, &entry) && errors.Is(err, har.ErrTooLarge)
}

// badFile returns the error for a file that cannot be imported, with the first bad entries.
func badFile(name string, bad []error) error {
	err := fmt.Errorf("import %s: %s (nothing was imported)", name, joinSome(bad))
	if isWhole(bad[len(bad)-1]) {
		var version *mitmdump.VersionError
		if errors.As(bad[len(bad)-1], &version) {
			return &hint{err, "mitmdump -nr " + quoteArg(name) +
				" -w converted.mitm   # use a version of mitmproxy that reads the file"}
		}
		if errors.Is(bad[0], pcap.ErrNotCapture) {
			return &hint{err, "tcpdump -nr " + quoteArg(name) + " -c 3   # whether tcpdump can read it"}
		}
		if isStore(name) {
			return &hint{fmt.Errorf("import %s: it is a store of spectap (nothing was imported)", name), "spectap flows ls --db " + quoteArg(name)}
		}
		if errors.Is(bad[0], har.ErrNotHAR) || errors.Is(bad[0], mitmdump.ErrNotFlowFile) {
			if what, try := otherFile(name); what != "" {
				return &hint{fmt.Errorf("import %s: %s (nothing was imported)", name, what), try}
			}
			look := "head -c 300 " + quoteArg(name)
			if name == "stdin" {
				look = "spectap import FILE; or look at what comes through the pipe with head -c 300"
			}
			return &hint{err, look +
				"   # a HAR starts with {\"log\":, a mitmproxy dump with its length"}
		}
		if errors.Is(bad[len(bad)-1], exchange.ErrTooLarge) {
			return &hint{err, "export the file again without what is too large"}
		}
		if errors.Is(bad[len(bad)-1], har.ErrTooLarge) {
			return &hint{err, "export the file without the content of responses, or without this entry"}
		}
		if errors.Is(bad[0], postman.ErrNotCollection) {
			return &hint{err, "export the collection in Postman: Export, Collection v2.1"}
		}
		return &hint{err, "export the file again: its end is missing"}
	}
	if missing, ok := errors.AsType[*postman.MissingError](bad[0]); ok {
		return &hint{err, fmt.Sprintf("spectap import --var %s=VALUE %s   # as in the environment; or --skip-bad leaves out these entries",
			quoteArg(missing.Name), quoteArg(name))}
	}
	return &hint{err, "spectap import --skip-bad " + quoteArg(name) + "   # leaves out these entries"}
}

// joinSome joins the first maxBadListed errors into one line.
func joinSome(errs []error) string {
	var b strings.Builder
	for i, err := range errs {
		if i == maxBadListed {
			fmt.Fprintf(&b, "; and %d more", len(errs)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(visible.Line(err.Error()))
	}
	return b.String()
}
