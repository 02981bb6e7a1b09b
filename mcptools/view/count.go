package view

import (
	"fmt"
	"strings"
)

// Count writes a number of things, such as "1 flow" and "2 statuses". singular is their regular
// noun.
func Count[N int | int64](n N, singular string) string {
	switch {
	case n == 1:
		return "1 " + singular
	case strings.HasSuffix(singular, "s"):
		singular += "e"
	}
	return fmt.Sprintf("%d %ss", n, singular)
}
