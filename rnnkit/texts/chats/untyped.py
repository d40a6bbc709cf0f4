"""What stands in a message's place where somebody has sent something else, or taken it back, in many languages.

A table: whole messages without case and final stop, and a few forms. What it lacks is found by its number:
the page and `rnnkit chats` show the messages that are repeated most.
"""

# ruff: noqa: RUF001 -- letters of many languages
from __future__ import annotations

import re

_WHOLE = frozenset(
    """\
null
this message was deleted
you deleted this message
this message was deleted by an admin
this message can't be displayed
waiting for this message. this may take a while
message unavailable
this message is no longer available
you unsent a message
view once voice message omitted
missed voice call
missed video call
missed group voice call
missed group video call
missed call
image omitted
video omitted
audio omitted
sticker omitted
gif omitted
document omitted
contact card omitted
video note omitted
media omitted
live location shared
poll omitted
diese nachricht wurde gelöscht
du hast diese nachricht gelöscht
diese nachricht wurde von einem admin gelöscht
warte auf diese nachricht. dies kann etwas dauern
verpasster sprachanruf
verpasster videoanruf
verpasster anruf
bild weggelassen
video weggelassen
audio weggelassen
sticker weggelassen
gif weggelassen
dokument weggelassen
kontaktkarte ausgelassen
medien ausgeschlossen
live-standort wird geteilt
ce message a été supprimé
vous avez supprimé ce message
tu as supprimé ce message
appel vocal manqué
appel vidéo manqué
image absente
vidéo absente
audio omis
sticker absent
document absent
médias omis
se eliminó este mensaje
eliminaste este mensaje
este mensaje fue eliminado
este mensaje ha sido eliminado
este mensaje se eliminó
llamada perdida
videollamada perdida
llamada de voz perdida
imagen omitida
video omitido
audio omitido
sticker omitido
documento omitido
multimedia omitido
esta mensagem foi apagada
essa mensagem foi apagada
esta mensagem foi eliminada
você apagou esta mensagem
apagaste esta mensagem
você apagou essa mensagem
eliminaste esta mensagem
mídia oculta
imagem ocultada
vídeo omitido
áudio ocultado
figurinha omitida
chamada de voz perdida
chamada de vídeo perdida
questo messaggio è stato eliminato
hai eliminato questo messaggio
immagine omessa
video omesso
audio omesso
sticker non incluso
chiamata vocale persa
videochiamata persa
dit bericht is verwijderd
dit bericht werd verwijderd
je hebt dit bericht verwijderd
u hebt dit bericht verwijderd
afbeelding weggelaten
video weggelaten
audio weggelaten
gemiste spraakoproep
gemiste video-oproep
данное сообщение удалено
это сообщение удалено
сообщение удалено
вы удалили данное сообщение
вы удалили это сообщение
без медиафайлов
изображение отсутствует
видео отсутствует
аудиофайл отсутствует
пропущенный аудиозвонок
пропущенный видеозвонок
це повідомлення видалено
ви видалили це повідомлення
ta wiadomość została usunięta
usunięto tę wiadomość
ta wiadomość została skasowana
usunąłeś tę wiadomość
pominięto obraz
tato zpráva byla odstraněna
tato zpráva byla smazána
tuto zprávu jste smazali
táto správa bola odstránená
ez az üzenet törölve lett
ezt az üzenetet törölték
törölted ezt az üzenetet
acest mesaj a fost șters
ai șters acest mesaj
ova je poruka izbrisana
ova poruka je izbrisana
ova poruka je obrisana
това съобщение беше изтрито
αυτό το μήνυμα διαγράφηκε
διαγράψατε αυτό το μήνυμα
det här meddelandet raderades
meddelandet har raderats
detta meddelande raderades
du raderade det här meddelandet
denne meldingen ble slettet
du slettet denne meldingen
denne besked blev slettet
du slettede denne besked
tämä viesti poistettiin
poistit tämän viestin
bu mesaj silindi
bu mesajı sildiniz
bu mesajı sildin
medya dahil edilmedi
görüntü dahil edilmedi
pesan ini telah dihapus
pesan ini dihapus
anda telah menghapus pesan ini
anda menghapus pesan ini
media tidak disertakan
mesej ini telah dipadamkan
tin nhắn này đã bị xóa
tin nhắn này đã bị xoá
bạn đã xóa tin nhắn này
bạn đã xoá tin nhắn này
ข้อความนี้ถูกลบแล้ว
ข้อความนี้ถูกลบ
คุณลบข้อความนี้
คุณลบข้อความนี้แล้ว
यह संदेश हटाया गया
यह मैसेज हटा दिया गया है
यह संदेश मिटाया गया था
आपने यह संदेश मिटाया
आपने यह मैसेज हटा दिया है
এই বার্তাটি মুছে ফেলা হয়েছে
تم حذف هذه الرسالة
تم حذف هذه الرساله
حذفت هذه الرسالة
لقد حذفت هذه الرسالة
قمت بحذف هذه الرسالة
تم استبعاد الوسائط
مكالمة صوتية فائتة
مكالمة فيديو فائتة
این پیام حذف شد
این پیام حذف شده است
این پیام حذف شده
شما این پیام را حذف کردید
یہ پیغام حذف کر دیا گیا
یہ پیغام مٹا دیا گیا
הודעה זו נמחקה
ההודעה נמחקה
מחקת הודעה זו
מחקת את ההודעה הזו
המדיה לא נכללה
이 메시지는 삭제되었습니다
이 메시지를 삭제했습니다
메시지가 삭제되었습니다
삭제된 메시지입니다
미디어 파일을 제외한 내용입니다
このメッセージは削除されました
このメッセージを削除しました
このメッセージは取り消されました
メッセージの送信を取り消しました
画像は含まれていません
此消息已删除
此訊息已刪除
此消息已被删除
此訊息已被刪除
该消息已删除
您已删除此消息
你删除了此消息
您已刪除此訊息
你已刪除這則訊息
這則訊息已刪除
这条消息已删除
已收回訊息
您已收回訊息
忽略多媒体文件
省略多媒體檔案
未接语音通话
未接视频通话
mensagem apagada
mensaje eliminado
message supprimé
nachricht gelöscht
您已删除这条消息
изображение опущено
видео опущено
аудио опущено
стикер опущен
画像は省略されました
動画は省略されました
图像已忽略
图片已忽略
视频已忽略
圖片已略去
影片已略去
이미지 생략됨
사진 생략됨
동영상 생략됨
התמונה הושמטה
הסרטון הושמט
تم استبعاد الصورة
تم استبعاد الفيديو
تم استبعاد المقطع الصوتي
pominięto film
obrázek vynechán
kép kihagyva
imagine omisă
bilden har utelämnats
billede udeladt
bilde utelatt
kuva jätetty pois
gambar tidak disertakan
you sent a view once message
view once message
you received a view once message. for added privacy, you can only open it on your phone
waiting for this message
you blocked this contact. tap to unblock
you unblocked this contact""".splitlines()
)
KAKAO_WORDS = frozenset(
    ["사진", "동영상", "이모티콘", "음성메시지", "보이스톡", "페이스톡", "photo", "video", "emoticon"]
)
_FORMS = (
    # location: https://maps.google.com/?q=1.0,2.0
    re.compile(
        r"(?:[^\n:]{1,40}[:：]\s?)?https?://(?:maps\.google\.|(?:www\.)?google\.[a-z.]+/maps|maps\.app\.goo)\S+"
    ),
    # POLL:, a question, and options with their votes, in any language
    re.compile(r"[^\w\n]{0,3}[^\W\d_a-zß-ÿ][^\n]{1,28}[:：]\s?\n.*\n[^\n]*[:：] [^\n]* ?\(\d+ [^()\d\n]+\)", re.DOTALL),
    re.compile(
        r"[^\n]{1,80} (?:deleted|unsent) (?:this|a) message|(?:this message was deleted by|"
        r"diese nachricht wurde von(?: admin)?) [^\n]{1,60}|"
        r"[^\n]{1,80}(?:메시지를 삭제했습니다|がメッセージの送信を取り消しました)",
        re.IGNORECASE,
    ),
    # voice calls and their length; Missed voice call at 12:30
    re.compile(
        r"(?:☎ .*|(?:verpasster? |entgangener? )?(?:sprach|video|gruppen)?anruf(?: um [\d:. ]+)?|"
        r"(?:appel|llamada|videollamada|chamada|chiamata|videochiamata)[^\n]{0,24} (?:à|a las?|às|alle) [\d:h. apm]+|"
        r"(?:missed )?(?:voice|video|group) call(?: at [\d:. apm]+)?|(?:missed )?(?:voice|video) call[,.] "
        r"?[\w\s:]{1,24})",
        re.IGNORECASE,
    ),
)
_HINTS = (  # one of them is in each form
    "http", "\n", "delet", "unsent", "nachricht", "삭제", "取り消し", "☎", "call", "anruf", "appel", "llama", "cham",
    "chiam",
)  # fmt: skip
_LONGEST = 2_000  # characters; polls may be long
_LONGEST_WHOLE = max(map(len, _WHOLE))
_AROUND, _STOPS = " \n<>\u200b", " .!…。।"


def is_untyped(text: str) -> bool:
    """Whether a message, stripped and without marks, is one that a program writes in place of something else."""
    if len(text) > _LONGEST:
        return False
    said = text.strip(_AROUND).rstrip(_STOPS)
    low = said.casefold()
    if len(low) <= 2 * _LONGEST_WHOLE and " ".join(low.split()) in _WHOLE:
        return True
    return any(hint in low for hint in _HINTS) and any(form.fullmatch(said) for form in _FORMS)
