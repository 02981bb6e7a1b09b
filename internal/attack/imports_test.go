package attack

import (
	"encoding/base64"
	byteorder "encoding/binary"
	"path/filepath"
	"strings"
	"testing"
)

// Files of other recorders do not take many times their size (threat 14).
func TestImportMemory(t *testing.T) {
	const holds = "the import ends, with memory for what it reads and not a multiple"
	trySlow(t, "item of 120 MB", "saves one item of Burp with a large body", holds, func(a *attack) {
		const head = "POST /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
		text := base64.StdEncoding.EncodeToString([]byte(head + strings.Repeat("0123456789abcdef", 88<<16)))
		path := a.file("items.xml", `<?xml version="1.0"?><items burpVersion="1"><item><url>https://a.example/a</url><request base64="true"><![CDATA[`+
			text+`]]></request></item></items>`)
		o := a.spectap("import", "--db", filepath.Join(a.dir, "flows.db"), path)
		if o.endless || o.peak > 450 || o.status != 0 {
			a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
		}
	})
	for name, text := range map[string]string{
		"items":     `"item":[` + strings.Repeat("{},", 20<<20) + `{}]`,
		"answers":   `"item":[{"request":{"method":"POST","url":"https://a.example/","body":{"mode":"raw","raw":"` + strings.Repeat("x", 1<<20) + `"}},"response":[` + strings.Repeat(`{"code":200},`, 50_000) + `{}]}]`,
		"variables": `"variable":[{"key":"v","value":"` + strings.Repeat("x", 200_000) + `"}],"item":[{"request":{"method":"POST","url":"https://a.example/","header":[` + strings.Repeat(`{"key":"X","value":"{{v}}"},`, 5000) + `{}]},"response":[{"code":200}]}]`,
	} {
		try(t, "collection with many "+name, "writes a small collection of Postman that becomes large", holds, func(a *attack) {
			const schema = `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},`
			o := a.spectap("import", "--db", filepath.Join(a.dir, "flows.db"), a.file("c.json", schema+text+"}"))
			if o.endless || o.peak > 700 || o.status == 0 || !strings.Contains(o.stderr, "too large") {
				a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
			}
		})
	}
	trySlow(t, "connections", "opens 100,000 connections in a packet capture, and ends none", holds, func(a *attack) {
		b := byteorder.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
		b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0)
		for i := range 100_000 {
			b = append(b, connection(i)...)
		}
		o := a.spectap("import", "--db", filepath.Join(a.dir, "flows.db"), a.file("c.pcap", string(b)))
		if o.endless || o.peak > 160 || o.status != 0 {
			a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
		}
	})
}

// connection returns a packet of a capture: the first request of a client of its own.
func connection(i int) []byte {
	const request = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
	tcp := byteorder.BigEndian.AppendUint16(nil, uint16(1024+i&0x3fff))
	tcp = append(tcp, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 5<<4, 0x18, 0xff, 0xff, 0, 0, 0, 0)
	tcp = append(tcp, request...)
	ip := byteorder.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(tcp)))
	ip = append(ip, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, byte(i>>14), 1, 192, 0, 2, 1)
	frame := append(make([]byte, 12), 8, 0)
	frame = append(append(frame, ip...), tcp...)
	out := byteorder.LittleEndian.AppendUint32(nil, uint32(1_700_000_000+i/10_000))
	out = byteorder.LittleEndian.AppendUint32(out, uint32(i%10_000*100))
	out = byteorder.LittleEndian.AppendUint32(out, uint32(len(frame)))
	out = byteorder.LittleEndian.AppendUint32(out, uint32(len(frame)))
	return append(out, frame...)
}
