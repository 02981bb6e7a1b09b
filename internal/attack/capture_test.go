package attack

import (
	byteorder "encoding/binary"
	"strings"
	"testing"
)

// A packet capture takes memory for its packets only, whatever else it describes (threat 14).
func TestCaptureFiles(t *testing.T) {
	const tries, holds = "has a file imported with blocks that are kept until the file ends", "memory is bounded, and nothing is imported"
	little := byteorder.LittleEndian
	section := little.AppendUint32(nil, 0x0a0d0d0a)
	section = little.AppendUint32(section, 28)
	section = little.AppendUint32(section, 0x1a2b3c4d)
	section = little.AppendUint16(section, 1)
	section = little.AppendUint16(section, 0)
	section = little.AppendUint64(section, ^uint64(0))
	section = little.AppendUint32(section, 28)
	block := func(kind uint32, body []byte) string {
		size := uint32(len(body) + 12)
		b := little.AppendUint32(nil, kind)
		b = append(little.AppendUint32(b, size), body...)
		return string(little.AppendUint32(b, size))
	}
	description := block(1, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	packet := block(6, make([]byte, 20))
	for name, blocks := range map[string]string{
		"interfaces":             strings.Repeat(description, 1<<20),
		"interfaces and packets": strings.Repeat(strings.Repeat(description, 50)+packet, 1<<14),
	} {
		try(t, name, tries, holds, func(a *attack) {
			o := a.spectap("import", "--db", "c.db", a.file("c.pcapng", string(section)+blocks))
			if o.endless || o.status == 0 || o.peak > 600 {
				a.breach("status %d after %d MiB, endless %t: %s", o.status, o.peak, o.endless, o.stderr)
			}
			a.including("the message", o.stderr, "nothing was imported")
		})
	}
}
