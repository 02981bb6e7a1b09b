package burp

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
)

// offsets has the abbreviations that Java prints for zones (OpenJDK 17, Locale.US), and the minutes
// east of UTC for which each stood since 2024. Other zones are printed as GMT+05:00.
var offsets = map[string][]int{
	"ACDT": {630}, "ACST": {570}, "ACT": {-300}, "ACWST": {525}, "ADT": {-180}, "AEDT": {660}, "AEST": {600},
	"AFT": {270}, "AKDT": {-480}, "AKST": {-540}, "ALMT": {300, 360}, "AMT": {-240, 240}, "ANAT": {720},
	"AQTT": {300}, "ART": {-180}, "AST": {-240, 180}, "AWST": {480}, "AZOST": {0}, "AZOT": {-60}, "AZT": {240},
	"BDT": {360}, "BNT": {480}, "BOT": {-240}, "BRT": {-180}, "BST": {60, 660}, "BTT": {360}, "CAT": {120},
	"CCT": {390}, "CDT": {-300, -240}, "CEST": {120}, "CET": {60}, "CHADT": {825}, "CHAST": {765}, "CHOT": {480},
	"CHUT": {600}, "CKT": {-600}, "CLST": {-180}, "CLT": {-240, -180}, "COT": {-300}, "CST": {-360, -300, 480},
	"CVT": {-60}, "CXT": {420}, "ChST": {600}, "DAVT": {420}, "DDUT": {600}, "EASST": {-300}, "EAST": {-360},
	"EAT": {180}, "ECT": {-300}, "EDT": {-240}, "EEST": {180}, "EET": {120, 180}, "EGST": {-60},
	"EGT": {-120, -60}, "EST": {-300}, "FJT": {720}, "FKT": {-180}, "FNT": {-120}, "GALT": {-360}, "GAMT": {-540},
	"GET": {240}, "GFT": {-180}, "GILT": {720}, "GMT": {0}, "GST": {-120, 240}, "GYT": {-240}, "HADT": {-540},
	"HAST": {-600}, "HKT": {480}, "HOVT": {420}, "HST": {-600}, "ICT": {420}, "IDT": {180}, "IOT": {360},
	"IRKT": {480}, "IRST": {210}, "IST": {60, 120, 330}, "JST": {540}, "KGT": {360}, "KOST": {660}, "KRAT": {420},
	"KST": {540}, "LHDT": {660}, "LHST": {630}, "LINT": {840}, "MAGT": {660}, "MART": {-570}, "MAWT": {300},
	"MDT": {-360}, "MEST": {120}, "MET": {60}, "MHT": {720}, "MMT": {390}, "MSK": {180}, "MST": {-420},
	"MUT": {240}, "MVT": {300}, "MYT": {480}, "NCT": {660}, "NDT": {-150}, "NFST": {720}, "NFT": {660},
	"NOVT": {420}, "NPT": {345}, "NRT": {720}, "NST": {-210}, "NUT": {-660}, "NZDT": {780}, "NZST": {720},
	"OMST": {360}, "ORAT": {300}, "PDT": {-420}, "PET": {-300}, "PETT": {720}, "PGT": {600}, "PHOT": {780},
	"PKT": {300}, "PMDT": {-120}, "PMST": {-180}, "PONT": {660}, "PST": {-480, 480}, "PWT": {540}, "PYST": {-180},
	"PYT": {-240, -180}, "QOST": {300, 360}, "QYZT": {300}, "RET": {240}, "ROTT": {-180}, "SAKT": {660},
	"SAMT": {240}, "SAST": {120}, "SBT": {660}, "SCT": {240}, "SGT": {480}, "SRET": {660}, "SRT": {-180},
	"SST": {-660}, "SYOT": {180}, "TAHT": {-600}, "TFT": {300}, "TJT": {300}, "TKT": {780}, "TLT": {540},
	"TMT": {300}, "TOT": {780}, "TRT": {180}, "TVT": {720}, "ULAT": {480}, "UTC": {0}, "UYT": {-180},
	"UZT": {300}, "VET": {-240}, "VLAT": {600}, "VOST": {300}, "VUT": {660}, "WAKT": {720}, "WAT": {60, 120},
	"WEST": {60}, "WET": {0}, "WFT": {720}, "WGST": {-60}, "WGT": {-120}, "WIB": {420}, "WIT": {540},
	"WITA": {480}, "WSST": {780}, "XJT": {360}, "YAKT": {540}, "YEKT": {300},
}

// gmtOffset is how Java prints a zone without an abbreviation.
var gmtOffset = regexp.MustCompile(`^(?:GMT|UTC)([+-])(\d{1,2}):?(\d{2})?$`)

// Times says which times of a file could not be read.
type Times struct {
	Zones  map[string]int // items whose time is taken for UTC, by the abbreviation of their zone
	Unread int            // items whose time cannot be read: they are at the Unix epoch
}

// clock reads the times of one file. They have the zone of the machine that wrote it.
type clock struct {
	known   map[string]int // offsets in minutes of ambiguous abbreviations that an item has shown
	unclear Times
}

func newClock() clock { return clock{map[string]int{}, Times{Zones: map[string]int{}}} }

// near is how far the Date header of a response may be from the time of its request.
// maxAge bounds an Age header, in seconds.
const (
	near   = 5 * time.Minute
	maxAge = 10 * 365 * 24 * 60 * 60
)

// timeOf returns the time of an item, as Java writes it: Thu Jan 04 14:01:22 GMT 2024. An
// abbreviation that several zones have is read as the zone that agrees with the Date header of the
// response, or of an earlier item. Without such a header, the time is read as UTC, and counted. An
// unreadable time becomes the Unix epoch: the order of the file remains.
func (c *clock) timeOf(s string, r *flow.Response) time.Time {
	words := strings.Fields(s)
	if len(words) != 6 {
		c.unclear.Unread++
		return time.Unix(0, 0).UTC()
	}
	zone := words[4]
	t, err := time.Parse("Mon Jan 2 15:04:05 2006", strings.Join(slices.Delete(words, 4, 5), " "))
	if err != nil {
		c.unclear.Unread++
		return time.Unix(0, 0).UTC()
	}
	minutes, ok := c.offset(zone, t, r)
	if !ok {
		c.unclear.Zones[zone]++
	}
	return t.Add(-time.Duration(minutes) * time.Minute)
}

// offset returns the minutes east of UTC of a local time, 0 and false if they are unclear.
func (c *clock) offset(zone string, local time.Time, r *flow.Response) (minutes int, ok bool) {
	if m := gmtOffset.FindStringSubmatch(zone); m != nil {
		hours, _ := strconv.Atoi(m[2])
		minutes, _ := strconv.Atoi(m[3])
		if minutes += 60 * hours; m[1] == "-" {
			minutes = -minutes
		}
		return minutes, true
	}
	possible := offsets[zone]
	if len(possible) == 1 {
		return possible[0], true
	}
	if minutes, ok := fromDate(local, possible, r); ok {
		c.known[zone] = minutes
		return minutes, true
	}
	minutes, ok = c.known[zone]
	return minutes, ok
}

// fromDate returns the offset that takes a local time near the Date header of a response, in
// minutes. It is one of those that are possible, or without these any quarter of an hour that zones
// have.
func fromDate(local time.Time, possible []int, r *flow.Response) (minutes int, ok bool) {
	if r == nil {
		return 0, false
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	age, _ := strconv.Atoi(r.Header.Get("Age")) // the time that a cache had the response
	ahead := local.Sub(date.Add(time.Duration(min(max(age, 0), maxAge)) * time.Second))
	minutes = int(ahead.Round(15*time.Minute) / time.Minute)
	if minutes < -12*60 || minutes > 14*60 || possible != nil && !slices.Contains(possible, minutes) {
		return 0, false
	}
	return minutes, (ahead - time.Duration(minutes)*time.Minute).Abs() <= near
}
