package route

import "strings"

const (
	// minFiles is the least number of distinct files from which they are one parameter, without a
	// body that holds their paths.
	minFiles = 5
	// maxFileExtension is the length of the longest extension of a file, without its dot.
	maxFileExtension = 6
)

// areFiles reports whether the paths below a literal are those of files in folders, though no body
// holds them: they end at several depths, three of four have the extension of a file, some of them
// different ones, and no answer has properties: content/readme.md, content/logs/build/1.txt.
func (d *decider) areFiles(parent *level, all []*candidate) ([]Evidence, bool) {
	if parent.isParameter() || len(all) < 2 || parent.hasMethods() && parent.parent.parent == nil {
		return nil, false
	}
	files, others, deep := 0, 0, 0
	depths, extensions, plain := map[int]bool{}, map[string]bool{}, true
	for n, labels := range parent.below {
		if len(n.methods) == 0 || !d.hasServed(n) {
			continue
		}
		plain = plain && len(n.topProperties.hashes) == 0 && len(n.children) == 0
		if e := fileExtension(labels[len(labels)-1]); e != "" {
			files++
			extensions[e] = true
		} else {
			others++
		}
		depths[len(labels)] = true
		deep += boolToInt(len(labels) > 1)
	}
	if !plain || files < minFiles || 3*others > files || len(depths) < 2 || len(extensions) < 2 || 4*deep < files+others {
		return nil, false
	}
	return []Evidence{{"files stand below, in folders", 4, int64(files)}}, true
}

// fileExtension returns the extension of a file's name without its dot, or "", also for versions.
func fileExtension(label string) string {
	label = nameOf(label)
	i := strings.LastIndexByte(label, '.')
	if i < 1 || len(label)-i-1 > maxFileExtension {
		return ""
	}
	e := strings.ToLower(label[i+1:])
	if e == "" || strings.Trim(e, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || strings.Trim(e, "0123456789") == "" {
		return ""
	}
	return e
}
