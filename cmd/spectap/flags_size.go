package main

import (
	"fmt"
	"strconv"
	"strings"
)

// sizeFlag is a flag for a number of bytes, such as 512, 64K, 10MB or 1GiB. Units are powers of
// 1024; the limit is 1 TiB.
type sizeFlag int64

func (s *sizeFlag) Type() string { return "size" }

func (s *sizeFlag) String() string {
	n, unit := int64(*s), ""
	for _, u := range []string{"KiB", "MiB", "GiB"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, u
	}
	return strconv.FormatInt(n, 10) + unit
}

func (s *sizeFlag) Set(v string) error {
	const max = 1 << 40
	number := strings.TrimRight(v, "KMGiBkmgb")
	shift, ok := map[string]int{
		"": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
	}[strings.ToLower(v[len(number):])]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !ok || n < 0 || n > max>>shift {
		return fmt.Errorf("%q must be a size such as 512, 64K or 10MiB", v)
	}
	*s = sizeFlag(n << shift)
	return nil
}
