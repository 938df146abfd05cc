// SPDX-License-Identifier: Apache-2.0

// Checks a signed head of a ledger, the proof of a transaction under it, and the
// tiles of its logs, with Go's own packages for notes and transparency logs.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run ledger.go FOLDER
//
// FOLDER holds vkey; head, signed; tx and tx.anchor, proofs; and tiles/LOG/...
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func text(parts ...string) string {
	return string(must(os.ReadFile(filepath.Join(parts...))))
}

// tree reads the second and third line of a checkpoint.
func tree(checkpoint string) tlog.Tree {
	lines := strings.Split(checkpoint, "\n")
	return tlog.Tree{
		N:    must(strconv.ParseInt(lines[1], 10, 64)),
		Hash: must(tlog.ParseHash(lines[2]))}
}

// proven checks a proof file, and gives its content and its checkpoint.
func proven(file string) ([]byte, string) {
	parts := strings.SplitN(file, "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	content := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64))
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		path = append(path, must(tlog.ParseHash(line)))
	}
	sum := sha256.Sum256(content)
	leaf := append(binary.LittleEndian.AppendUint64(nil, uint64(index+1)), sum[:]...)
	head := tree(parts[1])
	if err := tlog.CheckRecord(path, head.N, head.Hash, index, tlog.RecordHash(leaf)); err != nil {
		log.Fatal(err)
	}
	return content, parts[1]
}

// tiles reads static files; Go names them by their height too.
type tiles struct{ folder string }

func (t tiles) Height() int                              { return 8 }
func (t tiles) SaveTiles(all []tlog.Tile, data [][]byte) {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range all {
		data = append(data, []byte(text(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))))
	}
	return data, nil
}

func checkTiles(folder string) {
	head := tree(text(folder, "checkpoint"))
	reader := tlog.TileHashReader(head, tiles{folder})
	for first := int64(0); first < head.N; first += 256 {
		name := fmt.Sprintf("tile/entries/%03d", first/256)
		if head.N-first < 256 {
			name += fmt.Sprintf(".p/%d", head.N-first)
		}
		bundle := []byte(text(folder, name))
		for index := first; len(bundle) > 0; index++ {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			path := must(tlog.ProveRecord(head.N, index, reader))
			hash := tlog.RecordHash(bundle[2:end])
			if err := tlog.CheckRecord(path, head.N, head.Hash, index, hash); err != nil {
				log.Fatal(folder, index, err)
			}
			bundle = bundle[end:]
		}
	}
	fmt.Printf("%s: %d entries are right\n", filepath.Base(folder), head.N)
}

func main() {
	folder := os.Args[1]
	known := note.VerifierList(must(note.NewVerifier(strings.TrimSpace(text(folder, "vkey")))))
	head := must(note.Open([]byte(text(folder, "head")), known))
	fmt.Printf("the head is signed by %s\n", head.Sigs[0].Name)

	_, of := proven(text(folder, "tx"))
	anchor, under := proven(text(folder, "tx.anchor"))
	if must(note.Open([]byte(under), known)).Text != head.Text {
		log.Fatal("the anchor is under another head")
	}
	// An anchor: type 64, version 1, sizes of texts, time, then size and root of the book.
	book := tree(of)
	if anchor[0] != 64 || anchor[1] != 1 ||
		int64(binary.LittleEndian.Uint64(anchor[16:])) != book.N ||
		!bytes.Equal(anchor[24:56], book.Hash[:]) {
		log.Fatal("the anchor is of another head")
	}
	fmt.Printf("the transaction is in %s of %s\n", strings.Split(of, "\n")[0], anchor[56:])

	for _, each := range must(filepath.Glob(filepath.Join(folder, "tiles", "*"))) {
		checkTiles(each)
	}
}
