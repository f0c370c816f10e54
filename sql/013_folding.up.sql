-- Text is compared by its script: voicing marks, vowel signs and letters like the short i of Cyrillic are no accents. The
-- program makes the keys of songs and the words of tracks anew. What was found under words of the old kind is asked again.

DELETE FROM searches;
