package burp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// TestIsItems tells saved items from other files.
func TestIsItems(t *testing.T) {
	for text, want := range map[string]bool{
		head: true, "\xef\xbb\xbf \r\n\t" + head: true, `<items burpVersion="2025.3">`: true, "<items>": false, "x<!DOCTYPE items [": false, "": false,
		`<?xml version="1.1"?><!DOCTYPE items [`: true, "\xef\xbb\xbf": false,
	} {
		if IsItems([]byte(text)) != want {
			t.Errorf("%q is not %v", text, want)
		}
	}
}

// TestItems reads items of all kinds, each before one that can be read.
func TestItems(t *testing.T) {
	const request = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
	next := itemXML("https://a.example/next", "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n")
	for _, tt := range []struct{ name, item, want string }{
		{"no request", "<item><url>https://a.example/</url></item>", "1 skipped"},
		{"an empty request", `<item><url>https://a.example/</url><request base64="true"></request></item>`, "1 skipped"},
		{"no URL", "<item><request>" + request + "</request></item>", "entry 1: url"},
		{"a URL of another host", itemXML("https://b.example:444/x", request, ""), "https://b.example:444/a 0 no answer"},
		{"a response that is not base64", `<item><url>https://a.example/</url><request>` + request + `</request><response base64="true">!</response></item>`, "entry 1: response: not base64"},
		{"a malformed response", itemXML("https://a.example/", request, "junk"), "entry 1: response: "},
		{"base64 in capitals", `<item><url>https://a.example/</url><request base64="TRUE">R0VUIC9hIEhUVFAvMS4xDQoNCg==</request></item>`, "https://a.example/a 0 no answer"},
		{"base64 with blanks", `<item><url>https://a.example/</url><request base64=" true ">R0VUIC9hIEhUVFAvMS4xDQoNCg==</request></item>`, "https://a.example/a 0 no answer"},
		{"no base64", `<item><url>https://a.example/</url><request other="true" base64="false">` + request + `</request></item>`, "https://a.example/a 0 no answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Read(strings.NewReader(head+tt.item+next+"</items>"), "x")
			var got []string
			for f, err := range r.Flows() {
				switch {
				case err != nil:
					got = append(got, err.Error())
				default:
					status := 0
					if f.Response != nil {
						status = f.Response.Status
					}
					got = append(got, fmt.Sprint(f.Request.URL(), " ", status, " ", f.Err))
					if f.ID == (flow.ID{}) || !f.Done || f.Source != "x" {
						t.Errorf("%+v", f)
					}
				}
			}
			text := strings.Join(got, ", ")
			if r.Skipped() > 0 {
				text = fmt.Sprint(r.Skipped(), " skipped, ", text)
			}
			if !strings.HasPrefix(text, tt.want) || !strings.HasSuffix(text, ", https://a.example/next 204 ") {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
	r := Read(strings.NewReader(head+next+next+"</items>"), "x")
	n := 0
	for range r.Flows() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d flows after the reader stopped", n)
	}
	for text, want := range map[string]string{head + "</items>": "[]", head: "[item 0: XML syntax error on line 7: unexpected EOF]", "": "[not a file of saved items]"} {
		if _, errs, _ := readAll(t, text); fmt.Sprint(errs) != want {
			t.Errorf("%q: %v, want %s", text, errs, want)
		}
	}
}

// TestLargeItem refuses an item that is too large, and reads several that are together.
func TestLargeItem(t *testing.T) {
	const most = 1 << 20
	read := func(sizes ...int) error {
		text := head
		for _, n := range sizes {
			text += "<item><url>https://a.example/</url>" + strings.Repeat(" ", n) + "</item>"
		}
		r := Read(strings.NewReader(text+"</items>"), "x")
		r.in.left, r.in.max = most, most
		for _, err := range r.Flows() {
			return err
		}
		return nil
	}
	if err := read(most*3/4, most*3/4, most*3/4); err != nil {
		t.Errorf("items of three quarters: %v", err)
	}
	if err := read(0, most+most/8); !errors.Is(err, exchange.ErrTooLarge) || err.Error() != "item 2: an item: too large (1 MiB)" {
		t.Errorf("a large item: %v", err)
	}
	if r := Read(strings.NewReader(""), "x"); r.in.left != 128<<20 || r.in.max != 128<<20 {
		t.Errorf("an item may have %d and %d bytes", r.in.left, r.in.max)
	}
}

// TestOffsets compares the abbreviations of zones with those of the database of time zones.
func TestOffsets(t *testing.T) {
	for name, all := range offsets {
		for i, minutes := range all {
			if minutes%15 != 0 || minutes < -12*60 || minutes > 14*60 || i > 0 && minutes <= all[i-1] {
				t.Errorf("%s stands for %v", name, all)
			}
		}
	}
	for _, name := range []string{"UTC", "Europe/London", "Europe/Lisbon", "Europe/Paris", "Europe/Helsinki", "Europe/Moscow", "Africa/Lagos", "Africa/Maputo", "Africa/Nairobi",
		"Africa/Johannesburg", "Asia/Jerusalem", "Asia/Karachi", "Asia/Kolkata", "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Shanghai", "Asia/Hong_Kong",
		"Asia/Manila", "Asia/Seoul", "Asia/Tokyo", "Australia/Perth", "Australia/Darwin", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Guam",
		"Pacific/Auckland", "Pacific/Pago_Pago", "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver", "America/Chicago",
		"America/New_York", "America/Havana", "America/Halifax", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, month := range []time.Month{time.January, time.July} {
			local := time.Date(2024, month, 4, 14, 1, 22, 0, zone)
			abbreviation, east := local.Zone()
			c := newClock()
			date := &flow.Response{Header: flow.Header{{Name: "Date", Value: local.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}}
			if got := c.timeOf(local.Format("Mon Jan 02 15:04:05 MST 2006"), date); !got.Equal(local) || len(offsets[abbreviation]) == 0 {
				t.Errorf("%s, %s: %s is %d minutes east: %s", name, month, abbreviation, east/60, got)
			}
		}
	}
}

// TestFromDate takes an offset from a Date header that is near.
func TestFromDate(t *testing.T) {
	date := time.Date(2024, 7, 4, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		ahead    time.Duration
		possible []int
		age      string
		want     int
		ok       bool
	}{
		{time.Hour, nil, "", 60, true}, {time.Hour + near, nil, "", 60, true}, {time.Hour - near, nil, "", 60, true}, {time.Hour + near + time.Second, nil, "", 60, false},
		{14 * time.Hour, nil, "", 840, true}, {14*time.Hour + 15*time.Minute, nil, "", 0, false}, {-12 * time.Hour, nil, "", -720, true}, {-12*time.Hour - 15*time.Minute, nil, "", 0, false},
		{time.Hour, []int{0, 60}, "", 60, true}, {2 * time.Hour, []int{0, 60}, "", 0, false}, {2 * time.Hour, nil, "3600", 60, true}, {time.Hour, nil, "-3600", 60, true},
		{time.Hour + maxAge*time.Second, nil, "999999999999", 60, true}, {time.Hour, nil, "x", 60, true},
	} {
		r := &flow.Response{Header: flow.Header{{Name: "Date", Value: date.Format("Mon, 02 Jan 2006 15:04:05 GMT")}, {Name: "Age", Value: tt.age}}}
		minutes, ok := fromDate(date.Add(tt.ahead), tt.possible, r)
		if ok != tt.ok || ok && minutes != tt.want {
			t.Errorf("%s ahead, age %s: %d, %v", tt.ahead, tt.age, minutes, ok)
		}
	}
	for _, r := range []*flow.Response{nil, {}, {Header: flow.Header{{Name: "Date", Value: "yesterday"}}}} {
		if _, ok := fromDate(date, nil, r); ok {
			t.Errorf("an offset from %+v", r)
		}
	}
}
